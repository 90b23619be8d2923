using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation.Language;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>
/// Runs every example of the help unchanged, in a new directory in which the staged samples/sample.ps1 has run, and compares its output with
/// the page. An example announces each error that it shows in a comment: <c># error: NotFound</c>. In the shown output, <c>…</c> stands for
/// text that differs between two runs, and a line with nothing else stands for any lines. <c>~</c> is the path of the current directory.
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

        // Each statement is a command of its own at the prompt, with a table of its own.
        var results = new List<SessionResult>();
        var shown = new StringBuilder();
        foreach (string statement in CommandSyntax.StatementsOf(In(registry, example.Code)))
        {
            var result = session.Run(statement);
            results.Add(result);
            shown.AppendLine(session.Show(result.Output));
        }

        Assert.Equal(
            Announced().Matches(example.Code).Select(m => m.Groups["id"].Value),
            results.SelectMany(r => r.AllErrors).Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Empty(results.SelectMany(r => r.Warnings));
        // Other systems show files and long paths in another way.
        if (OperatingSystem.IsLinux()) AssertShows(example.Output, Portable(shown.ToString(), session, registry));
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

    internal static string Portable(string text, ModuleSession session, DockerRegistry? registry)
    {
        text = text.Replace(session.Directory.Path, "~", StringComparison.Ordinal);
        return registry is null ? text : text.Replace(registry.Host, RegistryHost, StringComparison.Ordinal);
    }

    internal static void AssertShows(string expected, string actual)
    {
        string lines = string.Concat(LinesOf(expected).Select(l => l == "…" ? @"(.*\n)*" : Regex.Escape(l).Replace("…", ".*", StringComparison.Ordinal) + @"\n"));
        Assert.Matches($"^{lines}$", string.Concat(LinesOf(actual).Select(l => l + "\n")));
    }

    // Empty lines and the width of columns do not matter: the host in the test is shorter or longer than the host on the page. Mode, owner,
    // time and compressed size of files depend on the machine.
    private static IEnumerable<string> LinesOf(string text) =>
        text.ReplaceLineEndings("\n").Split('\n').Select(HelpTopic.Normal).Where(l => l.Length > 0).Select(l => FileInfo().Replace(l, "file "));

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

    [GeneratedRegex(@"^-[rwx-]{9} \S+ \S+ \S+ \S+ \d+ ")]
    private static partial Regex FileInfo();

    [GeneratedRegex(@"(^ {8}.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"(oci|docker)://(?!registry\.contoso\.com)")]
    private static partial Regex OtherHost();

    [GeneratedRegex(@"-Oci\w+ |\$")]
    private static partial Regex OurCommand();
}
