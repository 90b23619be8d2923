using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Keeps the texts of errors in one file, so that they are read together.</summary>
public class ErrorTextTests
{
    // No line sends a request.
    private static readonly string[] MoreLines =
    [
        "Get-OciTag ./nowhere",
        "Get-OciTag ./text.txt",
        "Get-OciTag ./layout nope",
        "Get-OciTag ./layout V1",
        "Get-OciTag ./layout latets",
        "Get-OciTag ./layout ''",
        "1 | Get-OciTag",
        "$null | Get-OciTag",
        "Get-OciStore",
        "Get-OciStore ./full",
        "Get-OciStore HKLM:\\x",
        "New-OciStore ./text.txt",
        "New-OciStore oci://registry.example/team/app",
        "Get-OciManifest ./layout",
        "Get-OciManifest ./layout nope",
        "Get-OciManifest ./layout sha256:xyz",
        "Get-OciManifest ./layout md5:0123456789",
        "Get-OciManifest ./layout 1.10",
        "Get-OciBlob ./layout nope",
        "Get-OciBlob ./layout v1 -AsString -AsStream",
        "Get-OciDescriptor ./layout nope",
        "Get-OciReferrer ./layout",
        "Get-OciPredecessor ./layout nope",
        "Test-OciContent ./layout",
        "Test-OciStore ./nowhere",
        "Push-OciBlob ./layout",
        "Push-OciBlob ./layout ./full",
        "Push-OciBlob ./layout ./text.txt -MediaType nonsense",
        "Push-OciBlob ./layout ./text.txt -Annotation @{ a = $null }",
        "'x' | Push-OciBlob ./layout.tar",
        "Push-OciManifest ./layout -Value '{}'",
        "Push-OciManifest ./layout -Value '[1]'",
        "Push-OciManifest ./layout -Value '{\"schemaVersion\":1,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}'",
        "Push-OciManifest ./layout ./text.txt -Tag 'not a tag'",
        "Set-OciTag ./layout 'not a tag' -Reference v1",
        "Set-OciTag ./layout x -Reference nope",
        "Get-OciTag ./layout | Set-OciTag same",
        "Set-OciTag ./layout x -Reference v1 -Annotation @{ a = 1, 2 }",
        "Remove-OciTag ./layout nope",
        "Remove-OciContent ./layout nope",
        "Remove-OciContent ./layout $hello",
        "Remove-OciContent ./layout v2",
        "Invoke-OciGC ./nowhere",
        "Invoke-OciGC ./layout -MinimumAge 5",
        "Invoke-OciGC ./layout -MinimumAge -1h",
        "Copy-OciContent ./layout nope ./mirror",
        "Copy-OciContent ./layout v1 ./full",
        "Copy-OciContent ./layout v1, v2 ./mirror -Tag one",
        "Copy-OciContent ./layout v1 ./mirror -Tag 'not a tag'",
        "Copy-OciContent ./layout multi ./mirror -Platform windows/amd64",
        "Copy-OciContent ./layout multi ./mirror -Platform nonsense",
        "New-OciArtifact ./layout ./nope.txt -ArtifactType a/b",
        "New-OciArtifact ./layout $undefined -ArtifactType a/b",
        "New-OciArtifact ./layout ./text.txt -ArtifactType nonsense",
        "New-OciArtifact ./layout ./text.txt, ./full/../text.txt -ArtifactType a/b",
        "New-OciArtifact ./layout ./text.txt -ArtifactType a/b -Subject nope",
        "Edit-OciIndex ./layout v1 -Remove linux/amd64",
        "Edit-OciIndex ./layout multi -Remove linux/riscv64",
        "Edit-OciIndex ./layout multi -Remove *",
        "Edit-OciIndex ./layout multi -Add nope",
        "Edit-OciIndex ./layout multi -Add v1 -Platform linux/arm64",
        "New-OciIndex ./layout nope",
        "New-OciIndex ./layout v1, v2 -Platform linux/amd64",
        "Expand-OciArtifact ./layout v1",
        "Expand-OciArtifact ./layout nope ./out",
        "Expand-OciArtifact ./layout v1 ./text.txt",
        "Export-OciStore ./layout",
        "Export-OciStore ./layout ./out.zip",
        "Export-OciStore ./layout ./nowhere/out.tar",
        "Export-OciStore ./layout ./layout.tar",
        "Export-OciStore ./layout ./out.tar -Reference nope",
        "Import-OciStore ./nope.tar ./new",
        "Import-OciStore ./text.txt ./new",
        "Compare-OciImage ./layout v1",
        "Compare-OciImage ./layout v1 v2",
        "Compare-OciStore ./layout",
        "Compare-OciStore ./layout ./nowhere",
        "Compare-OciStore -ReferenceFile ./text.txt ./layout",
        "Measure-OciStore ./layout v1 -Total",
        "Measure-OciStore ./layout nope",
        "Repair-OciStore ./nowhere",
        "Save-OciIndex ./nowhere",
        "Get-OciTag oci://nginx",
        "Get-OciTag oci://ghcr.io",
        "Get-OciTag oci://ghcr.io/Contoso/App",
        "Get-OciTag oci://user:s3cret@ghcr.io/contoso/app",
        "Get-OciTag oci://::1/app",
        "Get-OciTag oci://host:99999/app",
        "Get-OciTag oci://host/a//b",
        "Get-OciTag oci://host/app?x",
        "Get-OciTag oci://https://host/app",
        "Get-OciManifest oci://host/app:",
        "Get-OciManifest oci://host/app:one:two",
        "Get-OciManifest oci://host/app@sha256:12",
        "Get-OciManifest oci://host/app:v1 -Reference v2",
        "Copy-OciContent ./layout v1 oci://host/app -HardLink",
        "Copy-OciContent ./layout v1, v2 oci://host/app:one",
        "Invoke-OciGC oci://host/app",
        "Export-OciStore oci://host/app ./out.tar",
        "Export-OciStore ./layout v1 ./out.tar",
        "Export-OciStore ./regctl ./out.tar -Reference multi -Platform windows/amd64",
        "'./layout' | Remove-OciContent",
        "& { $PSDefaultParameterValues = @{ '*-Oci*:Store' = './layout' }; Get-OciTag v1 }",
        "& { $PSDefaultParameterValues = @{ '*-Oci*:Store' = './layout' }; Expand-OciArtifact v1 ./out }",
        "& { $PSDefaultParameterValues = @{ '*-Oci*:Store' = './layout' }; Export-OciStore ./out.tar }",
        "Import-Csv ./stored.csv | Set-OciTag ./mirrored",
        "Push-OciBlob ./nowhere ./text.txt",
        "Push-OciManifest ./layout -Value '{\"mediaType\":\"text/plain\"}'",
        "Push-OciManifest ./layout -Value '{\"schemaVersion\":2,\"layers\":[]}'",
        "Rename-OciTag ./layout v1",
        "Rename-OciTag ./layout v1 v2",
        "Rename-OciTag ./layout nope x",
        "Get-OciImage ./layout v1",
        "Get-OciImage ./layout nope",
        "Get-OciImage ./regctl multi -Platform linux/s390x",
        "Get-OciImageFile ./layout v1",
        "Get-OciImageFile ./regctl multi /x",
        "Get-OciImageFile ./regctl multi /nope -Platform linux/amd64",
        "Get-OciImageFile ./regctl multi /nope -Platform linux/amd64 -AsString",
        "Expand-OciImage ./regctl multi",
        "Expand-OciImage ./regctl multi ./out",
        "Expand-OciImage ./layout v1 ./out",
        "Edit-OciImage ./layout v1 -Label @{ a = 'b' }",
        "Edit-OciImage ./regctl multi -Label @{ a = 1, 2 }",
        "Edit-OciImage ./regctl multi -Created yesterday",
        "New-OciImage ./layout",
        "New-OciImage ./layout -Base nope -Tag x",
        "Sync-OciRepository",
        "Sync-OciRepository ./layout",
        "Sync-OciRepository ./nowhere ./new",
        "Sync-OciRepository ./layout ./new -Latest 0",
        "Sync-OciRepository ./layout ./new -Include @()",
        "Sync-OciRepository ./layout oci://host",
        "Sync-OciRepository ./layout oci://host/app:v1",
        "Disconnect-OciRegistry http://host",
        "Get-OciTag ./layout -NameOnly -Detailed",
        "Get-OciDescriptor ./layout v1 -All",
        "Connect-OciRegistry http://host",
        "Connect-OciRegistry host -MaximumWait -1s",
        "Connect-OciRegistry host -CertificateAuthority ./text.txt",
        "Connect-OciRegistry host -Credential ([pscredential]::new('u', (ConvertTo-SecureString s3cret -AsPlainText -Force))) -Token s3cret",
    ];

    [Fact]
    public void Texts_of_errors_are_approved()
    {
        using var session = AdviceTests.Open();
        RealLayout.Unpack("regctl.tar", session.Directory);
        session.RunCleanly("Get-OciTag ./layout v1 | Export-Csv ./stored.csv");
        var text = new StringBuilder();
        foreach (string line in AdviceTests.Situations.Select(s => s.Line).Concat(MoreLines).Distinct().Order(StringComparer.Ordinal))
        {
            text.Append("> ").Append(line).Append('\n');
            var errors = session.Run(line).AllErrors.ToList();
            Assert.True(errors.Count > 0, $"No error: {line}");
            string[] texts = [.. errors.Select(e => Described(e, session.Directory.Path))];
            Assert.All(texts, t => Assert.DoesNotContain("s3cret", t, StringComparison.Ordinal));
            text.AppendJoin('\n', texts).Append('\n');
        }

        ApprovedText.Verify("errors.txt", text.ToString());
    }

    private static string Described(ErrorRecord error, string directory)
    {
        string target = error.TargetObject is null ? "" : $" [{LanguagePrimitives.ConvertTo<string>(error.TargetObject)}]";
        string advice = error.ErrorDetails?.RecommendedAction is { Length: > 0 } action ? $"  -> {action}\n" : "";
        string text = $"  {error.FullyQualifiedErrorId.Replace("OciLayout.PowerShell.", "", StringComparison.Ordinal)} {error.CategoryInfo.Category}{target}\n  {error.ErrorDetails?.Message ?? error.Exception.Message}\n{advice}";
        return text.Replace(directory, "~", StringComparison.Ordinal).Replace(Path.DirectorySeparatorChar, '/');
    }
}
