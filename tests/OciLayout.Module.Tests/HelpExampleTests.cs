using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>
/// Runs every example of the help unchanged, in a new directory in which the staged samples/sample.ps1 has run. An example announces each
/// error that it shows in a comment: <c># error: NotFound</c>.
/// </summary>
public partial class HelpExampleTests
{
    private const string RegistryHost = "registry.contoso.com";

    private static readonly string PesterSample = File.ReadAllText(Path.Combine(Repository.StagedModule, "samples", "retention.Tests.ps1"));

    public static IEnumerable<TheoryDataRow<string, int>> Examples =>
        HelpTopic.Pages.SelectMany(p => p.Examples.Select((_, i) => new TheoryDataRow<string, int>(p.Name, i + 1)));

    public static IEnumerable<TheoryDataRow<string>> Topics => HelpTopic.AboutTopics.Select(t => new TheoryDataRow<string>(t));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Example_runs(string name, int number)
    {
        var example = HelpTopic.Pages.Single(p => p.Name == name).Examples[number - 1];
        using var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample);

        await using var registry = await RegistryFor(example.Code, session);

        var result = session.Run(In(registry, example.Code));

        Assert.Equal(
            Announced().Matches(example.Code).Select(m => m.Groups["id"].Value),
            result.AllErrors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_uses_the_cmdlet_that_it_explains(string name, int number) =>
        Assert.Contains(name, CommandsOf(HelpTopic.Pages.Single(p => p.Name == name).Examples[number - 1].Code));

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Examples_of_about_topics_run_in_their_order(string name)
    {
        using var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample);
        string text = File.ReadAllText(Path.Combine(HelpTopic.Folder, name + ".help.txt"));
        await using var registry = await RegistryFor(text, session);
        foreach (string code in CodeOf(text))
        {
            if (NeedsPester(code)) Assert.All(code.Split('\n'), l => Assert.Contains(l.Trim(), PesterSample, StringComparison.Ordinal));
            else if (NeedsOtherHost(code)) CommandSyntax.AssertBinds(code, session);
            else session.RunCleanly(In(registry, code));
        }
    }

    // Examples with a registry run on docker-registry, which has the sample as the repository team/app.
    private static async Task<DockerRegistry?> RegistryFor(string code, ModuleSession session)
    {
        if (!code.Contains(RegistryHost, StringComparison.Ordinal)) return null;
        var registry = await DockerRegistry.StartAsync();
        session.RunCleanly($"Copy-OciContent ./layout -Destination oci://{registry.Host}/team/app");
        return registry;
    }

    private static string In(DockerRegistry? registry, string code) => registry is null ? code : code.Replace(RegistryHost, registry.Host, StringComparison.Ordinal);

    // Public registries and accounts do not exist here.
    private static bool NeedsOtherHost(string code) =>
        code.Contains("Connect-OciRegistry", StringComparison.Ordinal) || OtherHost().IsMatch(code);

    // Lines of the sample that the Pester suite runs.
    private static bool NeedsPester(string code) => code.Contains("Should -Invoke", StringComparison.Ordinal);

    private static string[] CommandsOf(string code)
    {
        Parser.ParseInput(code, out _, out var errors);
        Assert.Empty(errors);
        return [.. CommandSyntax.Of(code).Select(c => c.GetCommandName()).OfType<string>().Distinct()];
    }

    // Code is indented by eight spaces and contains a command of the module or a variable.
    private static IEnumerable<string> CodeOf(string text) =>
        Blocks().Matches(text.Replace("\r\n", "\n", StringComparison.Ordinal)).Select(m => m.Value).Where(b => OurCommand().IsMatch(b));

    [GeneratedRegex(@"# error: (?<id>\w+)")]
    private static partial Regex Announced();

    [GeneratedRegex(@"(^ {8}.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"(oci|docker)://(?!registry\.contoso\.com)")]
    private static partial Regex OtherHost();

    [GeneratedRegex(@"-Oci\w+ |\$")]
    private static partial Regex OurCommand();
}
