using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Runs the recipes of the README as they are shown, in a directory in which the staged samples/sample.ps1 has run.</summary>
public partial class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");

    public static IEnumerable<TheoryDataRow<string>> Recipes => Recipe().Matches(Text).Select(m => new TheoryDataRow<string>(m.Groups["title"].Value));

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Recipe_runs(string title)
    {
        string recipe = Recipe().Matches(Text).Single(m => m.Groups["title"].Value == title).Value;
        using var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample + "; $ConfirmPreference = 'None'");
        await using DockerRegistry? registry = Host().IsMatch(recipe) ? await DockerRegistry.StartAsync() : null;
        if (registry is not null) session.RunCleanly($"Copy-OciContent ./layout -Destination oci://{registry.Host}/team/app");

        foreach (Match block in Block().Matches(recipe))
            session.RunCleanly(Host().Replace(block.Groups["code"].Value, registry?.Host ?? ""));

        Assert.NotEmpty(Block().Matches(recipe));
    }

    [Fact]
    public async Task The_screen_at_the_top_is_what_the_commands_print()
    {
        if (!OperatingSystem.IsLinux()) return; // other systems show paths in another way
        using var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample);
        await using var registry = await DockerRegistry.StartAsync();

        Assert.Equal(3, Screen().Count(Text));
        foreach (Match screen in Screen().Matches(Text))
        {
            var result = session.Run(Host().Replace(screen.Groups["line"].Value, registry.Host)).AssertNoErrors();
            HelpExampleTests.AssertShows(screen.Groups["output"].Value, HelpExampleTests.Portable(session.Show(result.Output), session, registry));
        }
    }

    [Fact]
    public void All_commands_and_parameters_of_the_README_exist()
    {
        using var session = new ModuleSession();
        var code = Block().Matches(Text).Select(m => m.Groups["code"].Value).Concat(Inline().Matches(Text).Select(m => m.Groups["code"].Value.Replace("\\|", "|", StringComparison.Ordinal)));
        Assert.All(code, c => CommandSyntax.AssertBinds(c, session));
    }

    [Fact]
    public void Every_cmdlet_is_listed_in_the_README()
    {
        using var session = new ModuleSession();
        string table = Text[Text.IndexOf("## The cmdlets", StringComparison.Ordinal)..];
        Assert.All(session.RunCleanly("(Get-Command -Module OciLayout).Name"), n => Assert.Contains($"`{n}`", table, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^### (?<title>.+)\n(?:(?!^#).*\n)*?```powershell\n(?:(?!^##).*\n)*", RegexOptions.Multiline)]
    private static partial Regex Recipe();

    [GeneratedRegex(@"^PS> (?<line>.+)\n(?<output>(?:(?!PS> |```).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Screen();

    [GeneratedRegex(@"```powershell\n(?<code>(.*\n)*?)```")]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<!`)`(?<code>[^`\n]+)`(?!`)")]
    private static partial Regex Inline();

    [GeneratedRegex(@"registry\.(contoso|fabrikam)\.com")]
    private static partial Regex Host();
}
