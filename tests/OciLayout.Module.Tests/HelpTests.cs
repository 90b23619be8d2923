using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that the help matches the cmdlets, in the Markdown pages, in the MAML, and at the prompt.</summary>
public partial class HelpTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => HelpTopic.Pages.Select(p => new TheoryDataRow<string>(p.Name));

    [Fact]
    public void Every_cmdlet_has_a_page_and_a_topic_and_vice_versa()
    {
        using var session = new ModuleSession();
        string[] cmdlets = [.. session.RunCleanly("(Get-Command -Module OciLayout).Name").Select(n => n.ToString())];
        Array.Sort(cmdlets, StringComparer.Ordinal);

        Assert.Equal(cmdlets, HelpTopic.Pages.Select(p => p.Name));
        Assert.Equal(cmdlets, HelpTopic.Staged.Select(t => t.Name).Order(StringComparer.Ordinal));
        var files = Directory.GetFiles(HelpTopic.Folder, "*-*.md").Select(p => Path.GetFileNameWithoutExtension(p));
        Assert.Equal(cmdlets, files.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Page_has_all_sections(string name)
    {
        var page = Page(name);

        Assert.All(new[] { page.Synopsis, page.Description, page.Notes }, t => Assert.True(t.Length > 30, t));
        Assert.True(page.Examples.Count >= 2);
        Assert.NotEmpty(page.Outputs);
        Assert.NotEmpty(page.Links);
        Assert.All(page.Inputs.Concat(page.Outputs), t => Assert.DoesNotMatch(@": *$", t));
        Assert.All(page.Parameters, p => Assert.True(p.Text.Length > 25, p.Name));
        // An update of the pages while the help is staged repeats the descriptions.
        Assert.All(page.Parameters, p => Assert.Equal(0, p.Text.LastIndexOf(p.Text[..25], StringComparison.Ordinal)));
        var numbers = page.Examples.Select(e => NumberOfExample().Match(e.Title).Value);
        Assert.Equal(Enumerable.Range(1, page.Examples.Count).Select(i => $"Example {i}:"), numbers);
        string text = File.ReadAllText(PathOf(name));
        Assert.DoesNotMatch(@"\{\{ ?(Fill|Insert|Add)|FILL IN|TODO", text);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Page_describes_the_parameters_of_the_cmdlet(string name)
    {
        using var session = new ModuleSession();
        var facts = session.RunCleanly("""
            param($Name)
            $common = [Management.Automation.Cmdlet]::CommonParameters
            $command = Get-Command $Name
            $sets = @($command.ParameterSets)
            foreach ($p in $command.Parameters.Values) { if ($p.Name -notin $common) {
                "$($p.Name) type $($p.ParameterType.ToString().Replace('`1', ''))"
                "$($p.Name) aliases $($p.Aliases -join ', ')".Trim()
                $isPattern = @($p.Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] }).Count -gt 0
                "$($p.Name) wildcards $isPattern"
                foreach ($set in $sets) { foreach ($q in $set.Parameters) { if ($q.Name -eq $p.Name) {
                    $position = if ($q.Position -ge 0) { $q.Position } else { 'Named' }
                    "$($p.Name) set $($set.Name) position $position required $($q.IsMandatory) value $($q.ValueFromPipeline) " +
                        "property $($q.ValueFromPipelineByPropertyName)"
                } } }
            } }
            """, name).Select(f => f.ToString()).Select(f => f.Replace(" True", " true", StringComparison.Ordinal))
            .Select(f => f.Replace(" False", " false", StringComparison.Ordinal));
        var sets = session.RunCleanly("(Get-Command $args[0]).ParameterSets.Name", name).Select(s => s.ToString()).ToList();

        // "(All)" stands for every parameter set.
        IEnumerable<string> InEachSet(string fact) => fact.Contains("(All)", StringComparison.Ordinal)
            ? sets.Select(s => fact.Replace("(All)", s, StringComparison.Ordinal))
            : [fact];
        var described = Page(name).Parameters.SelectMany(p => p.Facts.SelectMany(InEachSet).Select(f => $"{p.Name} {f}".Replace("`1", "", StringComparison.Ordinal)));

        Assert.Equal(facts.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Page_has_the_syntax_of_the_cmdlet(string name)
    {
        using var session = new ModuleSession();
        var lines = session.RunCleanly("Get-Command $args[0] -Syntax", name).SelectMany(s => s.ToString().Split('\n'));
        Assert.Equal(lines.Select(HelpTopic.Normal).Where(l => l.Length > 0), Page(name).Syntax);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Staged_topic_equals_the_page(string name)
    {
        var page = Page(name);
        var topic = Topic(name);

        Assert.Equal(page.Synopsis, topic.Synopsis);
        Assert.Equal(page.Description, topic.Description);
        Assert.Equal(page.Notes, topic.Notes);
        Assert.Equal(page.Examples.Select(e => e with { Code = e.Screen, Output = "" }), topic.Examples);
        Assert.Equal(page.Inputs, topic.Inputs);
        Assert.Equal(page.Outputs, topic.Outputs);
        Assert.Equal(page.Syntax.Select(ParameterNames), topic.Syntax);
        Assert.Equal(page.Links.Select(l => l.Contains("https://", StringComparison.Ordinal) ? l : l[..l.LastIndexOf(' ')]), topic.Links);
        Assert.Equal(page.Parameters.Select(p => (p.Name, p.Text, p.Default)), topic.Parameters.Select(p => (p.Name, p.Text, p.Default)));
        Assert.Equal(page.Parameters.SelectMany(FactsOfMaml), topic.Parameters.SelectMany(p => p.Facts.Select(f => $"{p.Name} {f}")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_have_existing_targets(string name)
    {
        Assert.All(Page(name).Links, link =>
        {
            string target = link[(link.LastIndexOf(' ') + 1)..];
            bool exists = target.StartsWith("https://", StringComparison.Ordinal) || File.Exists(Path.Combine(HelpTopic.Folder, target));
            Assert.True(exists, link);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lines_of_examples_are_short(string name) =>
        Assert.All(Page(name).Examples.SelectMany(e => e.Screen.Split('\n')), l => Assert.True(l.Length <= 120, l));

    [Fact]
    public void Error_ids_in_the_help_exist()
    {
        using var session = new ModuleSession();
        var ids = session.RunCleanly("[enum]::GetNames([OciLayout.OciErrorKind])").Select(k => k.ToString())
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src", "OciLayout.PowerShell"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(p => ErrorIdInCode().Matches(File.ReadAllText(p)).Select(m => m.Groups["id"].Value)))
            .Distinct().ToList();

        var documented = HelpTopic.Pages.SelectMany(p => ErrorIdInText().Matches(p.Notes).Select(m => m.Value)).Distinct().ToList();

        Assert.Contains("TagTwice", ids);
        Assert.Equal(ids.Except(["PathTooLong", "WhatIf"]).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Get_Help_shows_all_sections(string name)
    {
        using var session = new ModuleSession();
        var page = Page(name);

        string full = HelpTopic.Normal(session.Render($"Get-Help {name} -Full"));
        string examples = session.Render($"Get-Help {name} -Examples");

        // The renderer breaks long lines anywhere, so compare the texts without white space.
        string Bare(string text) => WhiteSpace().Replace(text, "");
        Assert.Contains(Bare(page.Synopsis), Bare(full));
        Assert.Contains(Bare(page.Description), Bare(full));
        Assert.Contains(Bare(page.Notes), Bare(full));
        Assert.All(page.Parameters, p => Assert.Contains(Bare(p.Text), Bare(full)));
        Assert.All(page.Examples, e => Assert.Contains(Bare(e.Screen), Bare(examples)));
        Assert.All(page.Examples, e => Assert.Contains(Bare(e.Text), Bare(examples)));
        Assert.DoesNotContain('\u0080', full);
        Assert.DoesNotContain("```", full);
        var parameters = session.RunCleanly("(Get-Help $args[0] -Parameter *).name", name).Select(p => p.ToString());
        Assert.Equal(page.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal), parameters.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void About_topics_are_found_and_name_only_existing_commands()
    {
        using var session = new ModuleSession();
        foreach (string topic in HelpTopic.AboutTopics)
        {
            string text = Assert.Single(session.RunCleanly("Get-Help $args[0]", topic)).ToString();
            Assert.Equal(File.ReadAllText(Path.Combine(HelpTopic.Folder, topic + ".help.txt")).Trim(), text.Trim());
            Assert.All(text.Split('\n'), l => Assert.True(l.TrimEnd().Length <= 76, l));
            Assert.All(CmdletName().Matches(text).Select(m => m.Value), n => Assert.Contains(n, HelpTopic.Pages.Select(p => p.Name)));
            Assert.NotEmpty(session.RunCleanly("(Get-Help about_Oci* | Where-Object Name -eq $args[0]).Synopsis", topic));
        }

        string overview = File.ReadAllText(Path.Combine(HelpTopic.Folder, "about_OciLayout.help.txt"));
        Assert.All(HelpTopic.Pages, p => Assert.Contains(p.Name, overview));
        string troubleshooting = File.ReadAllText(Path.Combine(HelpTopic.Folder, "about_OciLayout_Troubleshooting.help.txt"));
        Assert.All(session.RunCleanly("[enum]::GetNames([OciLayout.OciErrorKind])").Select(k => k.ToString()), kind =>
        {
            Assert.Contains(kind, overview);
            Assert.Matches($@"(?m)^ {{4}}(\w+, )*{kind}(,|$| )", troubleshooting);
        });
    }

    [Fact]
    public void Module_page_lists_every_cmdlet_with_its_synopsis()
    {
        string page = HelpTopic.Normal(File.ReadAllText(Path.Combine(HelpTopic.Folder, "OciLayout.md")));
        Assert.All(HelpTopic.Pages, p => Assert.Contains($"### [{p.Name}]({p.Name}.md) {p.Synopsis}", page));
    }

    private static HelpTopic Page(string name) => HelpTopic.Pages.Single(p => p.Name == name);

    private static HelpTopic Topic(string name) => HelpTopic.Staged.Single(p => p.Name == name);

    private static string PathOf(string name) => Path.Combine(HelpTopic.Folder, name + ".md");

    private static string ParameterNames(string syntax) => string.Join(' ', ParameterName().Matches(syntax).Select(m => m.Value));

    // MAML has one entry for all parameter sets: the position in the first set, and whether a fact applies in any set.
    private static IEnumerable<string> FactsOfMaml(HelpParameter parameter)
    {
        var sets = parameter.Facts.Where(f => f.StartsWith("set ", StringComparison.Ordinal)).ToList();
        bool byValue = sets.Any(s => s.Contains("value true", StringComparison.Ordinal));
        bool byName = sets.Any(s => s.Contains("property true", StringComparison.Ordinal));
        string how = (byValue, byName) switch
        {
            (true, true) => "true (ByValue, ByPropertyName)",
            (true, false) => "true (ByValue)",
            (false, true) => "true (ByPropertyName)",
            _ => "false",
        };
        string required = sets.Any(s => s.Contains("required true", StringComparison.Ordinal)) ? "true" : "false";
        string position = Position().Match(sets[0]).Groups["position"].Value;
        string all = $"position {position} required {required} pipeline {how}";
        return parameter.Facts.Except(sets).Append(all).Select(f => $"{parameter.Name} {f}");
    }

    [GeneratedRegex(@"^Example \d+:")]
    private static partial Regex NumberOfExample();

    [GeneratedRegex(@"(?:^|=>|\()\s*""(?<id>[A-Z][a-z]+[A-Z]\w+|IOError)"",", RegexOptions.Multiline)]
    private static partial Regex ErrorIdInCode();

    [GeneratedRegex(@"\b(?!PowerShell\b)([A-Z][a-z]+[A-Z][a-z]\w+|IOError|Unauthorized)(?=[:,. ]|$)")]
    private static partial Regex ErrorIdInText();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"(?<![\w-])-[A-Z]\w+")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"position (?<position>\w+)")]
    private static partial Regex Position();

    [GeneratedRegex(@"\b[A-Z][a-z]+-Oci\w+")]
    private static partial Regex CmdletName();
}
