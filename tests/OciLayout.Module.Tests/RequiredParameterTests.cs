using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>
/// The binder does not require the parameters that a default, the pipeline or the current directory can replace, so the syntax does not mark
/// them. The help has to state them. Tests that the help and the cmdlets agree.
/// </summary>
public partial class RequiredParameterTests
{
    /// <summary>Lines without a required parameter. The first word is the cmdlet, the second one the parameter.</summary>
    private static readonly string[] Incomplete =
    [
        "Compare-OciImage Store: -Reference app -DifferenceReference app",
        "Compare-OciImage Reference: ./layout -DifferenceReference app",
        "Compare-OciImage DifferenceReference: ./layout app",
        "Compare-OciStore ReferenceStore: -DifferenceStore ./layout",
        "Compare-OciStore DifferenceStore: ./layout",
        "Copy-OciContent Store: -Reference v1 -Destination ./new",
        "Copy-OciContent Destination: ./layout v1",
        "Edit-OciImage Store: -Reference app -Author me",
        "Edit-OciImage Reference: ./layout -Author me",
        "Edit-OciIndex Store: -Reference app -Remove linux/arm64",
        "Edit-OciIndex Reference: ./layout -Remove linux/arm64",
        "Expand-OciArtifact Store: -Reference v1 -Destination ./new",
        "Expand-OciArtifact Reference: ./layout -Destination ./new",
        "Expand-OciArtifact Destination: ./layout v1",
        "Expand-OciImage Store: -Reference app -Destination ./new",
        "Expand-OciImage Reference: ./layout -Destination ./new",
        "Expand-OciImage Destination: ./layout app -Platform linux/amd64",
        "Export-OciStore Store: -Destination ./new.tar",
        "Export-OciStore Destination: ./layout",
        "Get-OciBlob Store: -Reference v1",
        "Get-OciBlob Reference: ./layout",
        "Get-OciDescriptor Store: -Recurse",
        "Get-OciImage Store: -Reference app",
        "Get-OciImage Reference: ./layout",
        "Get-OciImageFile Store: -Reference app",
        "Get-OciImageFile Reference: ./layout",
        "Get-OciManifest Store: -Reference v1",
        "Get-OciManifest Reference: ./layout",
        "Get-OciPredecessor Store: -Reference v1",
        "Get-OciPredecessor Reference: ./layout",
        "Get-OciReferrer Store: -Reference v1",
        "Get-OciReferrer Reference: ./layout",
        "Get-OciStore Path: ",
        "Get-OciTag Store: -Tag v1",
        "Import-OciStore Store: ./layout.tar",
        "Import-OciStore Path: -Store ./layout",
        "Invoke-OciGC Store: ",
        "Measure-OciStore Store: ",
        "New-OciArtifact Store: -Path ./hello.txt -ArtifactType a/b",
        "New-OciArtifact ArtifactType: ./layout ./hello.txt",
        "New-OciImage Store: -Path ./hello.txt -Platform linux/amd64",
        "New-OciImage Platform: ./layout ./hello.txt",
        "New-OciIndex Store: -Reference app",
        "New-OciIndex Reference: ./layout",
        "New-OciStore Path: ",
        "Push-OciBlob Store: -Path ./hello.txt",
        "Push-OciBlob Path: ./layout",
        "Push-OciManifest Store: -Path ./manifest.json",
        "Push-OciManifest Path: ./layout",
        "Remove-OciContent Store: -Reference v1",
        "Remove-OciContent Reference: ./layout",
        "Remove-OciTag Store: -Tag v1",
        "Remove-OciTag Tag: ./layout",
        "Rename-OciTag Store: -Tag v1 -NewTag v9",
        "Rename-OciTag Tag: ./layout -NewTag v9",
        "Rename-OciTag NewTag: ./layout v1",
        "Repair-OciStore Store: ",
        "Save-OciIndex Store: ",
        "Set-OciTag Store: -Tag v9 -Reference v1",
        "Set-OciTag Tag: ./layout -Reference v1",
        "Sync-OciRepository Source: -Destination ./new",
        "Sync-OciRepository Destination: ./layout",
        "Test-OciContent Store: -Digest v1",
        "Test-OciContent Digest: ./layout",
        "Test-OciStore Store: ",
    ];

    [Fact]
    public void A_line_without_a_required_parameter_fails()
    {
        using var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample + "; $null = Export-OciStore ./layout ./layout.tar");

        foreach (var line in Incomplete)
        {
            string command = line[..line.IndexOf(' ')] + " " + line[(line.IndexOf(':') + 1)..];
            var error = Assert.Single(session.Run(command).AllErrors);
            Assert.Matches(@"^(Missing|InvalidManifest,OciLayout\.PowerShell\.NewOci)", error.FullyQualifiedErrorId);
        }
    }

    [Fact]
    public void The_help_marks_these_parameters_and_no_others() => Assert.Equal(
        Incomplete.Select(l => l[..l.IndexOf(':')]).Order(StringComparer.Ordinal),
        HelpTopic.Pages.SelectMany(page => Required(page, always: true).Concat(Required(page, always: false)).Select(p => $"{page.Name} {p}")).Order(StringComparer.Ordinal));

    [Fact]
    public void The_description_lists_the_required_parameters_that_the_syntax_does_not_mark() => Assert.All(HelpTopic.Pages, page =>
    {
        string[] always = [.. Required(page, always: true)];
        string[] unlessSupplied = [.. Required(page, always: false).OrderBy(p => p != "Store").ThenBy(p => p, StringComparer.Ordinal)];
        string expected = string.Join(' ', new[]
        {
            always.Length == 0 ? "" : $"Required: {List(always)}.",
            unlessSupplied.Length == 0 ? "" : $"Required unless another input supplies {(unlessSupplied.Length == 1 ? "it" : "them")}: {List(unlessSupplied)}.",
        }.Where(s => s.Length > 0));

        Assert.EndsWith(expected, page.Description, StringComparison.Ordinal);
        Assert.Equal(expected.Length > 0, page.Description.Contains("Required", StringComparison.Ordinal));
    });

    private static IEnumerable<string> Required(HelpTopic page, bool always) =>
        page.Parameters.Where(p => (always ? Always() : UnlessSupplied()).IsMatch(p.Text)).Select(p => p.Name);

    private static string List(IEnumerable<string> parameters) => string.Join(", ", parameters.Select(p => $"`-{p}`"));

    [GeneratedRegex(@"^Required\.")]
    private static partial Regex Always();

    [GeneratedRegex(@"(^|\. )Required, unless ")]
    private static partial Regex UnlessSupplied();
}
