using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using Xunit;

namespace OciLayout.ModuleTests;

public class PushTests
{
    private const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";
    private const string ImageIndex = "application/vnd.oci.image.index.v1+json";
    private const string Empty = "application/vnd.oci.empty.v1+json";
    private const string Layer = "application/vnd.oci.image.layer.v1.tar";

    private static string Descriptor(string mediaType, string content) =>
        $"{{\"mediaType\":\"{mediaType}\",\"digest\":\"{SampleLayout.Digest(content)}\",\"size\":{content.Length}}}";

    private static string Image(string layer) =>
        $"{{\"schemaVersion\":2,\"mediaType\":\"{ImageManifest}\",\"config\":{Descriptor(Empty, "{}")},\"layers\":[{Descriptor(Layer, layer)}]}}";

    [Fact]
    public void Missing_content_of_a_pushed_manifest_gives_one_warning()
    {
        using var session = new ModuleSession();
        session.RunCleanly("$s = New-OciStore ./layout");

        string missing = Assert.Single(session.Run("Push-OciManifest ./layout -Value $args[0] -Tag v1", Image("hello")).AssertNoErrors().Warnings);
        Assert.Contains(SampleLayout.Digest(Image("hello")), missing, StringComparison.Ordinal);
        Assert.Contains("and 1 more", missing, StringComparison.Ordinal);

        session.RunCleanly("$null = '{}', 'hello' | Push-OciBlob ./layout");
        Assert.Empty(session.Run("Push-OciManifest ./layout -Value $args[0] -Tag v1", Image("hello")).AssertNoErrors().Warnings);
    }

    [Theory]
    [InlineData("\"size\":5", "\"size\":6")]
    [InlineData("image.layer.v1.tar", "image.layer.nondistributable.v1.tar")]
    public void Content_of_another_size_and_foreign_layers_without_urls_are_missing(string part, string changed)
    {
        using var session = new ModuleSession();
        session.RunCleanly("$s = New-OciStore ./layout; $null = '{}' | Push-OciBlob ./layout");
        if (part.Contains("size", StringComparison.Ordinal)) session.RunCleanly("$null = 'hello' | Push-OciBlob ./layout");
        string image = Image("hello").Replace(part, changed, StringComparison.Ordinal);
        Assert.NotEqual(Image("hello"), image);

        string missing = Assert.Single(session.Run("Push-OciManifest ./layout -Value $args[0] -Tag v1", image).AssertNoErrors().Warnings);

        Assert.Contains(SampleLayout.Digest("hello"), missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_members_subjects_and_foreign_layers_give_no_warning()
    {
        using var session = new ModuleSession();
        session.RunCleanly("$s = New-OciStore ./layout; $null = '{}', 'hello' | Push-OciBlob ./layout");
        string image = Image("hello");
        string index = $"{{\"schemaVersion\":2,\"mediaType\":\"{ImageIndex}\",\"manifests\":[{Descriptor(ImageManifest, image)}]}}";
        string attached = image[..^1] + $",\"subject\":{Descriptor(ImageManifest, "far away")}}}";
        string foreign = image.Replace(Layer, "application/vnd.oci.image.layer.nondistributable.v1.tar", StringComparison.Ordinal).Replace(SampleLayout.Digest("hello"), SampleLayout.Digest("far"), StringComparison.Ordinal);
        foreign = foreign.Replace("\"size\":5}", "\"size\":5,\"urls\":[\"https://example.org/far\"]}", StringComparison.Ordinal);

        Assert.Empty(session.Run("$args | Push-OciManifest ./layout", index, image, attached, foreign).AssertNoErrors().Warnings);
    }

    [Theory]
    [InlineData("$document | Push-OciManifest ./layout")]
    [InlineData("Push-OciManifest ./layout -Value $document")]
    [InlineData("[pscustomobject]$document | Push-OciManifest ./layout")]
    [InlineData("$document | ConvertTo-Json -Depth 9 | ConvertFrom-Json | Push-OciManifest ./layout")]
    public void An_object_is_written_as_json_in_the_order_of_its_members(string line)
    {
        using var session = new ModuleSession();
        session.RunCleanly("$null = New-OciStore ./layout; $config = '{}' | Push-OciBlob ./layout -MediaType application/vnd.oci.empty.v1+json; $layer = 'hello' | Push-OciBlob ./layout -MediaType application/vnd.oci.image.layer.v1.tar");
        session.RunCleanly($$"""
            $part = { [ordered]@{ mediaType = $_.MediaType; digest = $_.Digest; size = $_.Size } }
            $document = [ordered]@{ schemaVersion = 2; mediaType = '{{ImageManifest}}'; config = $config | ForEach-Object $part; layers = @($layer | ForEach-Object $part) }
            """);
        Assert.Equal(SampleLayout.Digest(Image("hello")), session.RunCleanly($"({line}).Digest").Single().ToString());
    }

    [Fact]
    public void Values_of_an_object_keep_their_types()
    {
        using var session = new ModuleSession();
        session.RunCleanly("""
            $null = New-OciStore ./layout
            $config = '{}' | Push-OciBlob ./layout -MediaType application/vnd.oci.empty.v1+json -Annotation @{ a = 'b' }
            $m = [ordered]@{ schemaVersion = 2; config = $config; layers = @($config); annotations = @{ z = 'ü+<'; b = [datetime]'2026-01-31T12:00:00.5Z'; a = [char]'c' }
                'x.n' = 1.5; 'x.m' = 12345678901234567890; 'x.o' = $true; 'x.p' = $null; 'x.q' = @(); 'x.r' = 1.50d; 'x.s' = [float]0.1; 'x.t' = [Version]'1.2' }
            """);
        const string descriptor = "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2,\"annotations\":{\"a\":\"b\"}}";
        Assert.Equal(
            "{\"schemaVersion\":2,\"config\":" + descriptor + ",\"layers\":[" + descriptor + "],\"annotations\":{\"a\":\"c\",\"b\":\"2026-01-31T12:00:00.5Z\",\"z\":\"ü+<\"}"
            + ",\"x.n\":1.5,\"x.m\":12345678901234567890,\"x.o\":true,\"x.p\":null,\"x.q\":[],\"x.r\":1.50,\"x.s\":0.1,\"x.t\":\"1.2\"}",
            session.RunCleanly("($m | Push-OciManifest ./layout | Get-OciManifest).Json").Single().ToString());
    }

    [Theory]
    [InlineData("@{ a = @{ b = [IO.MemoryStream]::new() } } | Push-OciManifest ./layout", "'a.b' is of the type MemoryStream")]
    [InlineData("@{ a = @(1, [double]::NaN) } | Push-OciManifest ./layout", "'a[1]' is not a finite number")]
    [InlineData("@{ a = [float]::NaN } | Push-OciManifest ./layout", "'a' is not a finite number")]
    [InlineData("$h = @{}; $h.Add(1, 'a'); $h.Add('1', 'b'); $h | Push-OciManifest ./layout", "'1' is a name that occurs twice")]
    [InlineData("$o = [pscustomobject]@{}; $o | Add-Member ScriptProperty bad { throw 'boom' }; $o | Push-OciManifest ./layout", "boom")]
    [InlineData("$h = @{}; $h.self = $h; $h | Push-OciManifest ./layout", "contains itself")]
    [InlineData("@{ a = [string][char]0xD800 } | Push-OciManifest ./layout", "surrogate")]
    [InlineData("@{ a = 1 } | Push-OciBlob ./layout", "Hashtable cannot be stored")]
    [InlineData("[pscustomobject]@{ a = 1 } | Push-OciBlob ./layout", "PSCustomObject cannot be stored")]
    public void An_object_that_is_not_a_document_is_refused(string line, string problem)
    {
        using var session = new ModuleSession();
        session.RunCleanly("$null = New-OciStore ./layout");
        SessionResult result = session.Run(line);
        Assert.Equal("InvalidInput", result.ErrorId);
        Assert.Contains(problem, result.AllErrors.Single().ToString());
    }

    [Theory]
    [InlineData("'hello' | Push-OciBlob -Store ./layout")]
    [InlineData("Push-OciBlob ./layout -Value hello")]
    [InlineData("Push-OciBlob ./layout ./file.bin")]
    [InlineData("Push-OciBlob ./layout *.bin")]
    [InlineData("Push-OciBlob ./layout -LiteralPath ./file.bin")]
    [InlineData("Push-OciBlob ./layout ([IO.FileInfo]\"$PWD/file.bin\")")]
    [InlineData("[IO.FileInfo]\"$PWD/file.bin\" | Push-OciBlob ./layout")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.Get('./file.bin') | Push-OciBlob ./layout")]
    [InlineData("[pscustomobject]@{ PSPath = './file.bin' } | Push-OciBlob ./layout")]
    [InlineData("1 | Push-OciBlob ./layout -LiteralPath { './file.bin' }")]
    [InlineData("[Text.Encoding]::UTF8.GetBytes('hello') | Push-OciBlob ./layout")]
    [InlineData(", [Text.Encoding]::UTF8.GetBytes('hello') | Push-OciBlob ./layout")]
    [InlineData("Push-OciBlob ./layout -Value ([Text.Encoding]::UTF8.GetBytes('hello'))")]
    [InlineData("Push-OciBlob ./layout -Value @([Text.Encoding]::UTF8.GetBytes('hello'))")]
    public void Every_form_of_input_is_stored(string line)
    {
        using var session = new ModuleSession();
        session.Directory.NewFile("file.bin", "hello"u8);
        session.RunCleanly("$s = New-OciStore ./layout");

        dynamic descriptor = Assert.Single(session.RunCleanly(line));

        Assert.Equal(SampleLayout.Digest("hello"), descriptor.Digest.ToString());
        Assert.Equal("sha256", descriptor.Digest.Algorithm);
        Assert.Equal(5L, descriptor.Size);
        Assert.Equal("application/octet-stream", descriptor.MediaType);
        Assert.Equal(session.Directory["layout"], descriptor.Store.Path);
        Assert.Equal("hello", File.ReadAllText(SampleLayout.BlobFile(session, "hello")));
    }

    [Fact]
    public void A_line_from_Get_Content_is_text()
    {
        using var session = new ModuleSession();

        var output = session.RunCleanly("""
            $null = New-OciStore ./layout
            $line = [psobject]::AsPSObject('a line')
            $line.PSObject.Properties.Add([psnoteproperty]::new('PSPath', './elsewhere.txt'))
            $line | Push-OciBlob ./layout | Get-OciBlob -AsString
            """);

        Assert.Equal("a line", Assert.Single(output).ToString());
    }

    [Fact]
    public void Blobs_are_emitted_in_order_with_type_and_annotations()
    {
        using var session = new ModuleSession();

        var output = session.RunCleanly("""
            $null = New-OciStore ./layout
            1..300 | ForEach-Object { "blob $_" } | Push-OciBlob ./layout -MediaType application/x-demo -Annotation @{ title = 'x'; number = 1 }
            """);

        Assert.Equal(Enumerable.Range(1, 300).Select(i => SampleLayout.Digest($"blob {i}")), output.Select(o => o.ToString()));
        Assert.All(output.Cast<dynamic>(), d => Assert.Equal("application/x-demo", d.MediaType));
        Assert.Equal("x 1 ", session.RunCleanly("$a = ('y' | Push-OciBlob ./layout -Annotation @{ title = 'x'; number = 1 }).Annotations; \"$($a.title) $($a.number) $($a.none)\"")[0].ToString());
    }

    [Theory]
    [InlineData("'two words'", "InvalidReference")]
    [InlineData("v1, 'a b'", "InvalidReference")]
    [InlineData("''", "MissingReference")]
    public void Nothing_is_stored_for_an_invalid_tag(string tags, string id)
    {
        using var session = new ModuleSession();
        session.RunCleanly("$null = New-OciStore ./layout");

        SessionResult result = session.Run($"try {{ Push-OciManifest ./layout -Value $args[0] -Tag {tags} }} catch {{ $_.FullyQualifiedErrorId }}", SampleLayout.V1);

        Assert.StartsWith(id, Assert.Single(result.Output).ToString());
        Assert.False(Directory.Exists(session.Directory["layout", "blobs", "sha256"]));
    }

    [Fact]
    public void Other_algorithms_have_their_own_directory()
    {
        using var session = new ModuleSession();
        dynamic descriptor = Assert.Single(session.RunCleanly("$null = New-OciStore ./layout; 'x' | Push-OciBlob ./layout -Algorithm sha512"));
        Assert.True(File.Exists(session.Directory["layout", "blobs", "sha512", descriptor.Digest.Encoded]));
    }

    [Theory]
    [InlineData("Push-OciBlob ./layout", "MissingInput")]
    [InlineData("Push-OciBlob ./layout ./nofile", "NotFound")]
    [InlineData("Push-OciBlob ./layout .", "InvalidPath")]
    [InlineData("Push-OciBlob ./layout 'b[1].bin'", "InvalidPath")]
    [InlineData("Push-OciBlob ./layout Env:PATH", "InvalidPath")]
    [InlineData("5 | Push-OciBlob ./layout", "InvalidInput")]
    [InlineData("$null | Push-OciBlob ./layout", "InvalidInput")]
    [InlineData("Push-OciBlob ./layout -Value a, b", "InvalidInput")]
    [InlineData("Push-OciBlob ./layout -Value ([string][char]0xD800)", "InvalidInput")]
    [InlineData("'x' | Push-OciBlob ./layout -Digest sha256:nonsense", "InvalidDigest")]
    [InlineData("'x' | Push-OciBlob ./layout -Digest sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "DigestMismatch")]
    [InlineData("Push-OciBlob ./layout *.bin -Digest sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "OneInputOnly")]
    [InlineData("'x' | Push-OciBlob ./layout -Annotation @{ a = $null }", "InvalidAnnotation")]
    [InlineData("'x' | Push-OciManifest ./layout", "InvalidManifest")]
    [InlineData("Push-OciManifest ./layout *.bin -Tag x", "OneInputOnly")]
    [InlineData("'x' | Push-OciBlob ./nowhere", "NotFound")]
    public void Failed_push_is_reported_and_leaves_no_file(string line, string id)
    {
        using var session = new ModuleSession();
        session.Directory.NewFile("a.bin", "a"u8);
        session.Directory.NewFile("b[1].bin", "b"u8);
        session.RunCleanly("New-OciStore ./layout");

        SessionResult result = session.Run(line);

        Assert.Equal(id, result.ErrorId);
        Assert.Empty(result.Output);
        Assert.Empty(Directory.EnumerateFiles(session.Directory["layout", "blobs"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_wildcard_without_matches_stores_nothing()
    {
        using var session = new ModuleSession();
        Assert.Empty(session.RunCleanly("$null = New-OciStore ./layout; Push-OciBlob ./layout *.nothing"));
    }

    [Fact]
    public void One_bad_item_does_not_stop_the_rest()
    {
        using var session = new ModuleSession();
        SessionResult result = session.Run("$null = New-OciStore ./layout; 'a', 5, 'b' | Push-OciBlob ./layout");

        Assert.Equal([SampleLayout.Digest("a"), SampleLayout.Digest("b")], result.Output.Select(o => o.ToString()));
        Assert.Equal("InvalidInput", result.ErrorId);
        Assert.Equal(5, result.Errors[0].TargetObject);
    }

    [Fact]
    public void Digest_is_verified_and_existing_content_is_not_an_error()
    {
        using var session = new ModuleSession();
        session.RunCleanly("New-OciStore ./layout; $d = 'x' | Push-OciBlob ./layout");

        Assert.Single(session.RunCleanly("'x' | Push-OciBlob ./layout -Digest $d.Digest"));
        Assert.Single(session.RunCleanly("'x' | Push-OciBlob ./layout -Digest $d"));
        Assert.Equal("OneInputOnly", session.Run("'x', 'x' | Push-OciBlob ./layout -Digest $d.Digest").ErrorId);
    }

    [Fact]
    public void Manifest_is_stored_verbatim_listed_and_tagged()
    {
        using var session = SampleLayout.Open();
        string json = " " + SampleLayout.Manifest("application/x-three", null, SampleLayout.FirstLayer) + "\n";
        session.Directory.NewFile("m.json", Encoding.UTF8.GetBytes(json));

        dynamic descriptor = Assert.Single(session.RunCleanly("Push-OciManifest ./layout ./m.json -Tag v3, newest -Annotation @{ note = 'kept' }"));

        Assert.Equal(SampleLayout.Digest(json), descriptor.Digest.ToString());
        Assert.Equal(SampleLayout.ImageManifest, descriptor.MediaType);
        Assert.Equal(json, File.ReadAllText(SampleLayout.BlobFile(session, json)));
        Assert.Equal("kept kept", string.Join(' ', session.RunCleanly("(Get-OciTag ./layout v3, newest).Annotations.note")));
        Assert.Contains("\"newest\"", SampleLayout.Index(session));
    }

    [Fact]
    public void Two_inputs_for_one_tag_do_not_change_the_tag()
    {
        using var session = SampleLayout.Open();

        SessionResult result = session.Run("$args | Push-OciManifest ./layout -Tag v2", SampleLayout.V1, SampleLayout.Attached);

        Assert.Equal("OneInputOnly", result.ErrorId);
        Assert.Equal(SampleLayout.Digest(SampleLayout.V2), session.RunCleanly("(Get-OciTag ./layout v2).Digest")[0].ToString());
    }

    [Fact]
    public void Only_long_operations_show_progress()
    {
        using var session = new ModuleSession();
        Assert.Empty(session.Run("$null = New-OciStore ./layout; 'x' | Push-OciBlob ./layout").AssertNoErrors().Progress);

        var progress = session.Run("1..4 | ForEach-Object { [Threading.Thread]::Sleep(300); \"$_\" } | Push-OciBlob ./layout").AssertNoErrors().Progress;

        Assert.InRange(progress.Count, 2, 5);
        Assert.Equal(ProgressRecordType.Completed, progress[^1].RecordType);
    }

    [Fact]
    public void WhatIf_stores_nothing()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        SessionResult result = session.Run("'new' | Push-OciBlob ./layout -WhatIf; Push-OciManifest ./layout -Value $args[0] -Tag v9 -WhatIf", SampleLayout.V1).AssertNoErrors();

        Assert.Equal(2, result.WhatIf.Count);
        Assert.Contains("v9", result.WhatIf[1]);
        Assert.Empty(result.Output);
        Assert.False(File.Exists(SampleLayout.BlobFile(session, "new")));
        Assert.Equal(before, SampleLayout.Index(session));
    }
}
