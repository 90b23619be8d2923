using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that the recommendation of an error fits the situation and can be typed.</summary>
public partial class AdviceTests
{
    internal static readonly (string Line, string Advice)[] Situations =
    [
        ("Copy-OciContent ./layout v1", "Write Copy-OciContent ./layout v1 -Destination ./mirror."),
        ("Copy-OciContent ./layout", "Write Copy-OciContent ./layout -Destination ./mirror."),
        ("Get-OciTag ./layout | Copy-OciContent ./mirror", "Write -Destination './mirror'."),
        ("Get-OciTag ./broken", "Repair-OciStore ./broken -WhatIf"),
        ("Get-OciManifest ./broken v1", "Repair-OciStore ./broken -WhatIf"),
        ("'./broken' | Get-OciTag", "Repair-OciStore "),
        ("Get-OciTag ./lost", "Repair-OciStore ./lost -WhatIf"),
        ("Get-OciStore ./lost", "Repair-OciStore "),
        ("Get-OciBlob ./corrupt $hello", "Repair-OciStore ./corrupt -Source ./mirror"),
        ("Copy-OciContent ./corrupt v1 ./new", "Repair-OciStore ./corrupt -Source ./mirror"),
        ("Get-OciTag ./layout.tar.gz", "Import-OciStore ./layout.tar.gz"),
        ("Set-OciTag ./layout.tar x -Reference v1", "Import-OciStore ./layout.tar ./layout"),
        ("Import-OciStore ./layout ./mirror", "Copy-OciContent ./layout -Destination ./mirror"),
        ("Push-OciManifest ./layout ./text.txt", "Push-OciBlob"),
        ("Push-OciManifest ./layout ./huge.json", "Push-OciBlob"),
        ("New-OciArtifact ./layout ./text.txt", "-ArtifactType"),
        ("New-OciIndex ./layout v1", "-Platform"),
        ("New-OciIndex ./layout v1, v2 -Platform linux/amd64, linux/amd64", "-Platform"),
        ("Expand-OciArtifact ./layout multi ./out", "use Expand-OciImage ./layout multi ./out -Platform linux/amd64. If they are artifacts, choose one: Get-OciManifest ./layout multi -Platform linux/amd64 | Expand-OciArtifact -Destination ./out"),
        ("Push-OciBlob ./layout ./nope.bin", "Check the path."),
        ("Get-OciManifest ./layout sha256:6ca69", "seven digits"),
        ("Get-OciManifest ./layout 6ca69", "seven digits"),
        ("Set-OciTag ./layout x", "Set-OciTag ./layout x -Reference v1"),
        ("Remove-OciTag ./layout", "-Tag"),
        ("Set-OciTag ./layout '' -Reference v1", "at least one character"),
        ("Copy-OciContent ./layout v1 ./broken", "broken -WhatIf"),
        ("Invoke-OciGC ./untagged", "-KeepUntagged"),
        ("Invoke-OciGC ./emptied", "Repair-OciStore ./emptied lists the manifests again"),
        ("Invoke-OciGC ./corruptmanifest", "Repair-OciStore ./corruptmanifest -Source ./mirror"),
        ("Remove-OciContent ./corruptmanifest multi", "-NoCascade"),
        ("Get-OciTag ./layout v1 | Set-OciTag x -Store ./mirrored", "Select-Object Tag, Digest"),
        ("Push-OciBlob ./layout ./text.txt -Digest $hello", "-Digest"),
        ("Get-OciManifest ./layout $hello", "Get-OciBlob"),
        ("Get-OciBlob ./layout v1 ./text.txt", "-Force"),
        ("Get-OciBlob ./layout v1 ./nowhere/x", "directory"),
        ("New-OciStore ./full", "-Force"),
        ("Get-OciTag ./layout.tar.lz4", "Decompress it first"),
        ("Import-OciStore ./layout.zip ./new", "Decompress it first"),
        ("Expand-OciArtifact ./layout.tar.lz4 v1 ./out", "Decompress it first"),
        ("Import-OciStore ./wrong.tar ./new", "Create or download the archive again."),
        ("Export-OciStore ./untagged ./docker.tar -DockerCompatible", "Set-OciTag"),
        ("Copy-OciContent ./layout ./mirror", "Write Copy-OciContent ./layout -Destination ./mirror."),
        ("Copy-OciContent ./layout:v1 ./mirror", "Write Copy-OciContent ./layout v1 -Destination ./mirror."),
        ("Get-OciTag https://registry.example/v2/team/app", "A registry is written oci://registry.example/team/app"),
        ("Get-OciTag registry.example/team/app", "A registry is written oci://registry.example/team/app"),
        ("Get-OciTag oci:layout:v1", "Write the path without 'oci:'"),
        ("Get-OciTag ./layout:v1", "two arguments: Get-OciTag ./layout v1."),
        ("Get-OciManifest ./layout:v1", "two arguments: Get-OciManifest ./layout v1."),
        ("Copy-OciContent ./layout v1 ./new -Platform linux/amd64", "Leave out -Platform."),
        ("Get-OciManifest ./layout multi -Platform windows/amd64", "Write -Platform linux/amd64, or leave out -Platform."),
        ("Get-OciBlob ./missing $hello", "Repair-OciStore ./missing -Source ./mirror"),
        ("Copy-OciContent ./missing v1 ./new", "Repair-OciStore ./missing -Source ./mirror"),
        ("Export-OciStore ./missing ./missing.tar", "Repair-OciStore ./missing -Source ./mirror"),
        ("Export-OciStore ./layout ./docker.tar -Reference v1 -DockerCompatible", "-DockerCompatible"),
        ("Import-OciStore ./layout.tar ./new -Tag x", "Leave out -Tag"),
        ("Import-OciStore ./layout.tar ./full", "New-OciStore -Force"),
        ("New-OciArtifact ./layout ./text.txt -ArtifactType a/b -Config ./nope.json", "as -Config"),
        ("Set-OciTag ./layout x -Reference v1, v2", "A tag names one digest."),
        ("Remove-OciContent ./layout 0123456", "sha256:0123456"),
        ("Remove-OciContent ./layout v*", "Get-OciTag ./layout 'v*'"),
        ("Remove-OciTag ./layout $hello", "Remove-OciContent"),
        ("Remove-OciContent ./layout v1", "Remove-OciTag ./layout v1"),
        ("Get-OciManifest ./layout", "Write Get-OciManifest ./layout v1, or pipe"),
        ("Export-OciStore ./layout v1 ./out.tar", "Export-OciStore ./layout ./out.tar v1"),
        ("Push-OciBlob ./nowhere -Value x", "New-OciStore ./nowhere creates a layout."),
        ("Push-OciBlob ./layout ./full", "Get-ChildItem ./full -File | Push-OciBlob -Store ./layout."),
        ("Get-OciManifest ./layout ($hello.ToString().ToUpper())", "lower case"),
        ("Expand-OciArtifact ./layout ./files", "Expand-OciArtifact ./layout v1 ./files"),
        ("Get-OciImageFile oci://host/app:v1 /etc/os-release", "-Path /etc/os-release"),
        ("Expand-OciImage oci://host/app:v1 ./rootfs", "-Destination ./rootfs"),
        ("Expand-OciArtifact oci://host/app:v1 ./files", "-Destination ./files"),
        ("Get-OciBlob oci://host/app:v1 ./manifest.json", "-OutFile ./manifest.json"),
        ("Edit-OciImage oci://host/app:v1 ./text.txt", "-Path ./text.txt"),
    ];

    [Fact]
    public void Advice_fits_the_situation()
    {
        using var session = Open();
        Assert.All(Situations, situation =>
        {
            var error = session.Run(situation.Line).AllErrors.FirstOrDefault();
            Assert.NotNull(error);
            Assert.Contains(situation.Advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("Push-OciBlob ./blocked -Value x")]
    [InlineData("Import-OciStore ./layout.tar ./blocked")]
    public void File_that_blocks_a_directory_of_the_layout_gets_no_advice_to_create_a_layout(string line)
    {
        using var session = Open();
        session.RunCleanly("$null = New-OciStore ./blocked");
        if (Directory.Exists(session.Directory["blocked/ingest"])) Directory.Delete(session.Directory["blocked/ingest"], true);
        File.WriteAllText(session.Directory["blocked/ingest"], "");
        var error = session.Run(line).AllErrors.Single();
        Assert.Contains("Move it away.", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Empty(error.ErrorDetails.RecommendedAction);
    }

    // A path cannot be a tag.
    [Theory]
    [InlineData("Get-OciTag ./nowhere")]
    [InlineData("Get-OciManifest ./text.txt")]
    public void A_path_is_not_offered_as_a_tag(string line)
    {
        using var session = Open();
        Assert.Equal("Check the path.", session.Run(line).AllErrors.Single().ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_file_that_does_not_exist_is_named()
    {
        using var session = Open();
        string message = session.Run("Push-OciBlob ./layout ./nope.bin").AllErrors.Single().ErrorDetails.Message;
        Assert.Equal($"The file '{session.Directory["nope.bin"]}' does not exist.", message);
    }

    // The library knows content by its digest only.
    [Theory]
    [InlineData("Get-OciManifest ./layout multi -Platform windows/amd64", "'multi' (sha256:")]
    [InlineData("Expand-OciArtifact ./layout multi ./out", "'multi' (sha256:")]
    [InlineData("Remove-OciContent ./layout v2", "Cannot delete 'v2' (sha256:")]
    [InlineData("New-OciIndex ./layout v1", "'v1' (sha256:")]
    [InlineData("Get-OciBlob ./corrupt $hello", "corrupt' does not match: its digest is")]
    [InlineData("Get-OciBlob ./missing $hello", "does not exist in the store '")]
    [InlineData("Push-OciManifest ./layout ./text.txt", "'./text.txt' is not a manifest: it is not JSON: ")]
    [InlineData("Push-OciManifest ./layout ./huge.json", "'./huge.json' has 5000000 bytes, and the limit for a manifest is 4194304 bytes.")]
    public void A_message_names_the_store_and_the_content_as_typed(string line, string message)
    {
        using var session = Open();
        Assert.Contains(message, session.Run(line).AllErrors.Single().ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout V1", "'v1'; tags are case-sensitive")]
    [InlineData("Remove-OciTag ./layout LATEST", "'latest'; tags are case-sensitive")]
    [InlineData("Get-OciManifest ./layout V1", "'v1'; tags are case-sensitive")]
    [InlineData("Set-OciTag ./layout x -Reference V1", "'v1'; tags are case-sensitive")]
    public void A_tag_in_other_case_is_named(string line, string message)
    {
        using var session = Open();
        Assert.Contains(message, session.Run(line).AllErrors.Single().ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout latets", " Did you mean 'latest'?")]
    [InlineData("Remove-OciTag ./layout latst", " Did you mean 'latest'?")]
    [InlineData("Get-OciManifest ./layout xlatest", " Did you mean 'latest'?")]
    [InlineData("Set-OciTag ./layout x -Reference lafest", " Did you mean 'latest'?")]
    [InlineData("Get-OciTag ./layout v3", ".")] // v1 and v2 are other versions
    [InlineData("Get-OciTag ./layout latestly", ".")]
    public void A_tag_that_differs_by_one_letter_is_offered(string line, string end)
    {
        using var session = Open();
        Assert.EndsWith(end, session.Run(line).AllErrors.Single().ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Equal(end != ".", session.Run(line).AllErrors.Single().ErrorDetails.Message.Contains('?', StringComparison.Ordinal));
    }

    // A parameter in a recommendation belongs to the cmdlet named before it, or to the cmdlet that failed.
    [Fact]
    public void Advice_names_only_existing_cmdlets_and_parameters()
    {
        using var session = Open();
        var parameters = session.RunCleanly("Get-Command -Module OciLayout | ForEach-Object { \"$($_.Name) $($_.Parameters.Keys -join ' ')\" }")
            .Select(c => c.ToString().Split(' ')).ToDictionary(c => c[0], c => c.Skip(1).ToHashSet());
        var wrong = new List<string>();
        foreach (string line in Provoking(parameters.Keys))
        {
            foreach (var error in session.Run(line).AllErrors)
            {
                string? failed = error.InvocationInfo?.MyCommand?.Name ?? error.FullyQualifiedErrorId;
                string text = error.ErrorDetails?.RecommendedAction ?? "";
                string cmdlet = failed ?? "";
                foreach (Match word in Word().Matches(text))
                {
                    if (!word.Value.StartsWith('-')) cmdlet = word.Value;
                    else if (parameters.TryGetValue(cmdlet, out var own) && own.Contains(word.Value[1..])) continue;
                    else if (parameters.TryGetValue(failed ?? "", out own) && own.Contains(word.Value[1..])) continue;
                    else wrong.Add($"{line}: {text}");
                    if (cmdlet.Contains("-Oci", StringComparison.Ordinal) && !parameters.ContainsKey(cmdlet)) wrong.Add($"{line}: {text}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Provoking(IEnumerable<string> cmdlets)
    {
        string[] stores = ["./nowhere", "./broken", "./lost", "./corrupt", "./corruptmanifest", "./untagged", "./emptied", "./full", "./text.txt", "./layout.tar", "./layout.tar.gz", "./layout"];
        string[] seconds = ["", "nope", "V1", "''", "6ca69", "sha256:6ca69", "sha256:xyz", "$hello", "./text.txt", "./nope", "v1", "multi"];
        foreach (string cmdlet in cmdlets)
        {
            foreach (string store in stores) yield return $"{cmdlet} {store} -WhatIf";
            foreach (string store in stores) yield return $"{cmdlet} {store}";
            foreach (string second in seconds) yield return $"{cmdlet} ./layout {second}";
            yield return $"{cmdlet}";
            yield return $"1, $null, 'nope' | {cmdlet}";
            yield return $"Get-OciTag ./layout v1 | {cmdlet} ./mirrored";
        }
    }

    /// <summary>Opens a session with damaged layouts, archives and files.</summary>
    internal static ModuleSession Open()
    {
        ModuleSession session = SampleLayout.Open();
        session.Set("hello", SampleLayout.Digest(SampleLayout.FirstLayer));
        session.Set("ConfirmPreference", "None");
        session.RunCleanly("$null = New-OciIndex ./layout v1, v2 -Platform linux/amd64, linux/arm64 -Tag multi; Export-OciStore ./layout ./layout.tar; Export-OciStore ./layout ./layout.tar.gz");
        foreach (string name in (string[])["broken", "lost", "corrupt", "corruptmanifest", "untagged", "emptied", "mirrored", "missing"]) CopyFiles(session.Directory["layout"], session.Directory[name]);
        session.RunCleanly("Remove-OciTag ./untagged *");
        File.WriteAllText(session.Directory["broken", "index.json"], "{broken");
        File.WriteAllText(session.Directory["emptied", "index.json"], "{\"schemaVersion\":2,\"manifests\":[]}");
        File.Delete(session.Directory["lost", "index.json"]);
        Spoil(session, "corrupt", SampleLayout.FirstLayer);
        Spoil(session, "corruptmanifest", SampleLayout.V1);
        File.Delete(session.Directory["missing", "blobs", "sha256", SampleLayout.Digest(SampleLayout.FirstLayer)["sha256:".Length..]]);
        File.WriteAllText(session.Directory["text.txt"], "text");
        File.WriteAllText(session.Directory["huge.json"], new string(' ', 5_000_000));
        session.Directory.NewFile("full/other.txt", "mine"u8);
        session.Directory.NewFile("layout.tar.lz4", [0x04, 0x22, 0x4D, 0x18, 0x60]);
        session.Directory.NewFile("layout.zip", [(byte)'P', (byte)'K', 3, 4, 20]);
        byte[] archive = File.ReadAllBytes(session.Directory["layout.tar"]);
        archive[archive.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(SampleLayout.FirstLayer))] ^= 1;
        session.Directory.NewFile("wrong.tar", archive);
        return session;
    }

    // Copies files without the module, so that the module has not read the content of the copy.
    private static void CopyFiles(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (file.Contains("ingest", StringComparison.Ordinal)) continue;
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void Spoil(ModuleSession session, string store, string content)
    {
        string path = session.Directory[store, "blobs", "sha256", SampleLayout.Digest(content)["sha256:".Length..]];
        File.Delete(path);
        File.WriteAllText(path, new string('x', content.Length));
    }

    [GeneratedRegex(@"(?<![\w'*-])-[A-Z]\w+|\b[A-Z][a-z]+-[A-Z]\w+")]
    private static partial Regex Word();
}
