using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OciLayout.Testing;

namespace OciLayout.ModuleTests;

/// <summary>
/// The help of a cmdlet, read from its Markdown page or from the MAML. Runs of white space in texts are single blanks, so that both can
/// be compared.
/// </summary>
internal sealed partial record HelpTopic(
    string Name,
    string Synopsis,
    string Description,
    IReadOnlyList<string> Syntax,
    IReadOnlyList<HelpExample> Examples,
    IReadOnlyList<HelpParameter> Parameters,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    string Notes,
    IReadOnlyList<string> Links)
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The path of the help sources.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "docs", "en-US");

    /// <summary>The Markdown pages of the cmdlets.</summary>
    public static IReadOnlyList<HelpTopic> Pages { get; } =
        [.. Directory.GetFiles(Folder, "*-*.md").Order(StringComparer.Ordinal).Select(p => OfMarkdown(File.ReadAllText(p)))];

    /// <summary>The names of the about topics.</summary>
    public static IReadOnlyList<string> AboutTopics { get; } =
        [.. Directory.GetFiles(Folder, "about_*.help.txt").Select(p => Path.GetFileName(p).Replace(".help.txt", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The topics of the staged MAML.</summary>
    public static IReadOnlyList<HelpTopic> Staged { get; } =
        [.. XDocument.Load(MamlFile).Descendants(Command + "command").Select(OfMaml)];

    private static string MamlFile => Path.Combine(Repository.StagedModule, "en-US", "OciLayout.PowerShell.dll-Help.xml");

    /// <summary>Replaces each run of white space by a blank.</summary>
    public static string Normal(string text) => WhiteSpace().Replace(text, " ").Trim();

    /// <summary>Parses a page in the format of Microsoft.PowerShell.PlatyPS.</summary>
    private static HelpTopic OfMarkdown(string page)
    {
        page = page.Replace("\r\n", "\n", StringComparison.Ordinal);
        var sections = Sections(page, "## ").ToDictionary(s => s.Title, s => s.Text);
        var examples = Sections(sections["EXAMPLES"], "### ").Select(s =>
        {
            var fences = Fence().Matches(s.Text);
            string Of(string language) => fences.SingleOrDefault(m => m.Groups["language"].Value == language)?.Groups["code"].Value ?? "";
            return new HelpExample(s.Title, Normal(Fence().Replace(s.Text, "")), Of("powershell"), Of("Output"));
        });
        return new HelpTopic(
            Title().Match(page).Groups["title"].Value,
            Normal(sections["SYNOPSIS"]),
            Normal(sections["DESCRIPTION"]),
            [.. Fence().Matches(sections["SYNTAX"]).Select(m => Normal(m.Groups["code"].Value))],
            [.. examples],
            [.. Sections(sections["PARAMETERS"], "### -").Select(s => ParameterOfMarkdown(s.Title, s.Text))],
            [.. Sections(sections["INPUTS"], "### ").Select(s => $"{s.Title}: {Normal(s.Text)}")],
            [.. Sections(sections["OUTPUTS"], "### ").Select(s => $"{s.Title}: {Normal(s.Text)}")],
            Normal(sections["NOTES"]),
            [.. Link().Matches(sections["RELATED LINKS"]).Select(m => $"{m.Groups["text"].Value} {m.Groups["uri"].Value}")]);
    }

    private static HelpParameter ParameterOfMarkdown(string name, string text)
    {
        var fence = Fence().Matches(text).Single(m => m.Groups["language"].Value == "yaml");
        var lines = fence.Groups["code"].Value.Split('\n');
        string Line(string key) => lines.Single(l => l.StartsWith(key + ":", StringComparison.Ordinal));
        string Value(string key) => Line(key)[(key.Length + 1)..].Trim(' ', '\'');
        int start = Array.FindIndex(lines, l => l.StartsWith("Aliases:", StringComparison.Ordinal)) + 1;
        var aliases = lines.Skip(start).TakeWhile(l => l.StartsWith("- ", StringComparison.Ordinal)).Select(l => l[2..]);
        var facts = new List<string>
        {
            $"type {Value("Type")}",
            $"aliases {string.Join(", ", aliases)}".Trim(),
            $"wildcards {Value("SupportsWildcards")}",
        };
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("- Name: ", StringComparison.Ordinal)) continue;
            string Of(string key) => lines.Skip(i).First(l => l.StartsWith($"  {key}:", StringComparison.Ordinal)).Split(':')[1].Trim();
            facts.Add($"set {lines[i]["- Name: ".Length..]} position {Of("Position")} required {Of("IsRequired")} "
                + $"value {Of("ValueFromPipeline")} property {Of("ValueFromPipelineByPropertyName")}");
        }

        return new HelpParameter(name, Normal(text.Remove(fence.Index)), Value("DefaultValue"), facts);
    }

    private static HelpTopic OfMaml(XElement command)
    {
        var details = command.Element(Command + "details")!;
        return new HelpTopic(
            details.Element(Command + "name")!.Value,
            Paragraphs(details.Element(Maml + "description")),
            Paragraphs(command.Element(Maml + "description")),
            [.. command.Element(Command + "syntax")!.Elements(Command + "syntaxItem").Select(SyntaxOfMaml)],
            [.. command.Descendants(Command + "example").Select(ExampleOfMaml)],
            [.. command.Element(Command + "parameters")!.Elements(Command + "parameter").Select(ParameterOfMaml)],
            [.. command.Descendants(Command + "inputType").Select(TypeOfMaml)],
            [.. command.Descendants(Command + "returnValue").Select(TypeOfMaml)],
            Paragraphs(command.Element(Maml + "alertSet")),
            [.. command.Descendants(Maml + "navigationLink").Select(LinkOfMaml)]);
    }

    private static HelpExample ExampleOfMaml(XElement example) => new(
        example.Element(Maml + "title")!.Value.Trim('-', ' '),
        Paragraphs(example.Element(Dev + "remarks")),
        example.Element(Dev + "code")!.Value,
        Output: "");

    private static string LinkOfMaml(XElement link) =>
        $"{link.Element(Maml + "linkText")!.Value} {link.Element(Maml + "uri")!.Value}".Trim();

    // Returns only the parameter names, in order. PlatyPS writes no other reliable facts into the syntax.
    private static string SyntaxOfMaml(XElement item) =>
        string.Join(' ', item.Elements(Command + "parameter").Select(p => "-" + p.Element(Maml + "name")!.Value));

    private static HelpParameter ParameterOfMaml(XElement parameter) => new(
        parameter.Element(Maml + "name")!.Value,
        Paragraphs(parameter.Element(Maml + "description")),
        parameter.Element(Dev + "defaultValue")?.Value ?? "",
        [
            $"type {parameter.Element(Dev + "type")!.Element(Maml + "name")!.Value}",
            $"aliases {parameter.Attribute("aliases")!.Value.Replace("none", "", StringComparison.Ordinal)}".Trim(),
            $"wildcards {parameter.Attribute("globbing")!.Value}",
            $"position {parameter.Attribute("position")!.Value} required {parameter.Attribute("required")!.Value} "
                + $"pipeline {parameter.Attribute("pipelineInput")!.Value}",
        ]);

    private static string TypeOfMaml(XElement type) =>
        $"{type.Element(Dev + "type")!.Element(Maml + "name")!.Value}: {Paragraphs(type.Element(Maml + "description"))}";

    private static string Paragraphs(XElement? element) =>
        Normal(string.Join(' ', element?.Descendants(Maml + "para").Select(p => p.Value) ?? []));

    // Returns the parts of a text that begin with a heading. Lines in code fences are not headings.
    private static IEnumerable<(string Title, string Text)> Sections(string text, string heading)
    {
        string? title = null;
        var lines = new List<string>();
        bool fenced = false;
        foreach (string line in text.Split('\n').Append(heading))
        {
            fenced ^= line.StartsWith("```", StringComparison.Ordinal);
            if (fenced || !line.StartsWith(heading, StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (title is not null) yield return (title, string.Join('\n', lines));
            title = line[heading.Length..].Trim();
            lines.Clear();
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^# (?<title>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Title();

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<uri>[^)]+)\)")]
    private static partial Regex Link();
}
