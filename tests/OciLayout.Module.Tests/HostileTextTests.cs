using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that untrusted text of a layout neither becomes a command nor reaches the terminal unescaped.</summary>
public class HostileTextTests
{
    private static readonly string[] Completers =
    [
        "TagCompleter", "TagPatternCompleter", "ReferenceCompleter", "MediaTypeCompleter", "PlatformCompleter", "ArtifactTypeCompleter", "StoreCompleter", "AgeCompleter",
    ];

    /// <summary>Characters that control a terminal, reorder a line, or are not visible.</summary>
    private static readonly string[] Unprintable =
    [
        "\u001b]0;x\u0007", "\u0000", "\u0008", "\r", "\n", "\t", "\u007f", "\u0085", "\u009b31m", "\u00ad", "\u061c", "\u200b", "\u200d", "\u200e", "\u200f",
        "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\ufeff", "\ufe0f", "\u3164", "\udb40\udc41",
    ];

    /// <summary>Characters with a meaning for the parser, including all that it accepts as quotes or dashes.</summary>
    private static readonly string[] Syntax =
    [
        "'", "\u2018", "\u2019", "\u201a", "\u201b", "\"", "\u201c", "\u201d", "\u201e", "`", "$", "$(x)", "${x}", ";", "|", "&", "(", ")", "{", "}", "@", "#", ",",
        " ", "\n", "\r", "\t", "\u2013", "\u2014", "\u2015", "--%", "*", "?", "[", "]", "<", ">", "%", "\u001b", "\u202e", "\u00a0", "\u0085",
    ];

    public static TheoryData<string> Lines =>
    [
        "Get-OciTag ./hostile ", "Get-OciTag ./hostile -After ", "Remove-OciTag ./hostile ", "Measure-OciStore ./hostile ", "Set-OciTag -Store ./hostile -Tag ",
        "Set-OciTag ./hostile x -Reference ", "Get-OciManifest ./hostile ", "Test-OciContent ./hostile ", "Copy-OciContent ./hostile multi ./m -Tag ",
        "Push-OciBlob ./hostile ./f -MediaType ", "New-OciArtifact ./hostile ./f -ArtifactType ", "New-OciArtifact ./hostile ./f -Subject ",
        "Get-OciReferrer ./hostile multi -ArtifactType ", "Get-OciManifest ./hostile multi -Platform ", "Copy-OciContent ./hostile -Platform ",
        "New-OciIndex ./hostile multi -Platform ", "Get-OciTag ./hostile multi | Get-OciReferrer -ArtifactType ",
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Every_completion_is_one_argument_with_the_same_text(string line)
    {
        using var session = new ModuleSession();
        // Types and platforms contain all characters in one text. Each tag contains one of them.
        string all = string.Concat(Syntax.Select(c => $"{c};throw"));
        string[] tags = [.. Syntax.SelectMany(c => (string[])[$"a{c};throw;{c}b", $"c{c}", $"{c}d"]).Distinct()];
        HostileLayout.Write(session, [all, .. tags]);
        foreach (string opened in (string[])["", "'", "\"", "\u2018", "\u201d"])
        {
            IReadOnlyList<CompletionResult> completions = session.Complete(line + opened);
            Assert.NotEmpty(completions);
            foreach (CompletionResult found in completions)
            {
                string argument = WildcardPattern.Unescape(AssertOneArgument(line, found.CompletionText));
                Assert.Equal(Escaped(session, found.ListItemText), found.ListItemText);
                Assert.Equal(Escaped(session, found.ToolTip), found.ToolTip);
                if (found.CompletionText.Contains("throw", StringComparison.Ordinal))
                    Assert.True(argument.Contains(all, StringComparison.Ordinal) || tags.Contains(argument) || tags.Contains(WildcardPattern.Unescape(argument)), argument);
            }
        }
    }

    [Fact]
    public void A_completed_tag_names_that_tag()
    {
        using var session = new ModuleSession();
        string[] tags = [.. Syntax.Select(c => $"a{c}b")];
        HostileLayout.Write(session, ["aXb", "ab", .. tags]);
        Assert.Equal(
            ["aXb", "ab", .. tags],
            session.Complete("Get-OciTag ./hostile 'a")
                .Select(c => session.RunCleanly($"(Get-OciTag ./hostile {c.CompletionText}).Tag").Single().ToString()).OrderBy(t => t != "aXb").ThenBy(t => t != "ab").ThenBy(t => Array.IndexOf(tags, t)));
    }

    [Fact]
    public void A_completed_path_of_a_store_is_one_argument()
    {
        using var session = new ModuleSession();
        // Characters that every file system allows in names.
        string[] names = [.. Syntax.Where(c => c.IndexOfAny(['"', '|', '<', '>', '*', '?', '\n', '\r', '\t', '\u001b']) < 0).Select(c => $"d{c};throw;{c}e")];
        foreach (string name in names) session.Directory.NewFile($"{name}/oci-layout", "{}"u8);
        session.Directory.NewFile("plain.txt", "x"u8);

        foreach (string opened in (string[])["", "'", "\"", "\u2018", "./d", "'./d"])
        {
            string[] completed = [.. session.Complete("Get-OciTag " + opened).Select(c => AssertOneArgument("Get-OciTag ", c.CompletionText)[2..])];
            Assert.Equal(names.Order(StringComparer.Ordinal), completed.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void No_input_breaks_completion()
    {
        using var session = new ModuleSession();
        HostileLayout.Write(session, "a'b", "c[d", "e", "");
        var random = new Random(16);
        string[] pieces = [.. Syntax, "a", "c", "sha256:", "./hostile", "-", "0", ".", "\ud800", "linux/"];
        for (int round = 0; round < 400; round++)
        {
            string typed = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
            // Each completer returns nothing or single arguments for any word.
            foreach (PSObject found in session.RunCleanly(
                "foreach ($type in $args[0]) { ([type]\"OciLayout.PowerShell.$type\")::new().CompleteArgument('Get-OciTag', 'Tag', $args[1], [Management.Automation.Language.Parser]::ParseInput('Get-OciTag ./hostile x', [ref]$null, [ref]$null).Find({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true), @{ Store = './hostile' }) }",
                Completers,
                typed))
            {
                AssertOneArgument("Get-OciTag ./hostile ", ((CompletionResult)found.BaseObject).CompletionText);
            }
        }
    }

    [Fact]
    public void Views_escape_hostile_text_and_objects_keep_it()
    {
        using var session = new ModuleSession();
        string tag = "t" + string.Join('x', Unprintable);
        HostileLayout.Write(session, tag);
        foreach (string emit in (string[])
            [
                "Get-OciTag ./hostile", "Get-OciDescriptor ./hostile", "Get-OciDescriptor ./hostile multi -Recurse", "Get-OciManifest ./hostile multi",
                "(Get-OciManifest ./hostile multi).Manifests | Get-OciManifest", "Get-OciReferrer ./hostile multi", "Measure-OciStore ./hostile",
                "Test-OciStore ./hostile -Detailed", "Compare-OciStore ./hostile (New-OciStore ./empty)",
            ])
        {
            foreach (string format in (string[])["", " | Format-Table", " | Format-List"]) AssertPrintable(session, session.Render(emit + format));
        }

        AssertPrintable(session, session.Render("Get-OciTag ./hostile | Format-Wide"));
        AssertPrintable(session, session.Render("(Get-OciManifest ./hostile multi).Manifests.Platform"));

        Assert.Equal(tag, session.RunCleanly("(Get-OciTag ./hostile)[-1].Tag").Single().ToString());
        Assert.Contains("v" + tag, session.RunCleanly("(Get-OciTag ./hostile)[0].Annotations.Values").Select(v => v.ToString()));
    }

    [Fact]
    public void Views_and_messages_escape_hostile_text_of_images()
    {
        using var session = new ModuleSession();
        string text = "t" + string.Join('x', Unprintable.Where(c => c != "\u0000"));
        HostileImage.Write(session, text);
        foreach (string emit in (string[])
            [
                "Get-OciImage ./hostile old", "(Get-OciImage ./hostile old).History", "(Get-OciImage ./hostile old).Layers", "Get-OciTag ./hostile -Detailed", "Get-OciImageFile ./hostile old",
                "Compare-OciImage ./hostile old new -File", "Test-OciStore ./hostile -Deep -Detailed",
            ])
        {
            foreach (string format in (string[])["", " | Format-Table", " | Format-List"]) AssertPrintable(session, session.Render(emit + format));
        }

        foreach (string line in (string[])
            [
                "Edit-OciIndex ./hostile old -Remove * -Add (Get-OciImage ./hostile new) -WhatIf", "$p = (Get-OciImage ./hostile old).Platform; Edit-OciIndex ./hostile old -Remove $p -WhatIf",
                "Edit-OciIndex ./hostile old -Remove linux/amd64", "Edit-OciImage ./hostile old -User $p.OS -WhatIf -Verbose", "Get-OciImageFile ./hostile old /none", "Compare-OciImage ./hostile old new -Platform linux/amd64",
                "Get-OciImageFile ./hostile old (Get-OciImageFile ./hostile old)[0].Path -OutFile ./out -WhatIf", "Get-OciImageFile ./hostile old (Get-OciImageFile ./hostile old | Where-Object Kind -eq SymbolicLink).Path -AsString",
                "Test-OciStore ./hostile -Deep -Verbose", "$d = Compare-OciImage ./hostile old new -File; \"$d\"", "\"$((Get-OciImage ./hostile old).Labels) $((Get-OciImage ./hostile old).History) $(Test-OciStore ./hostile -Deep -Detailed)\"",
            ])
        {
            AssertPrintable(session, session.Render(line));
        }

        Assert.Equal(["old" + text, "new" + text], session.RunCleanly("$d = Compare-OciImage ./hostile old new | Where-Object Name -eq User; $d.Reference; $d.Difference").Select(v => v.ToString()));
    }

    [Theory]
    [InlineData("(Get-OciTag ./hostile)[-1] | Remove-OciTag -WhatIf")]
    [InlineData("(Get-OciTag ./hostile)[-1] | Set-OciTag other -WhatIf -Verbose")]
    [InlineData("Remove-OciContent ./hostile multi -WhatIf -Force")]
    [InlineData("(Get-OciTag ./hostile)[-1] | Copy-OciContent -Destination ./copy -WhatIf")]
    [InlineData("(Get-OciTag ./hostile)[-1] | Copy-OciContent -Destination ./copy -Verbose -PassThru")]
    [InlineData("Get-OciTag ./hostile ((Get-OciTag ./hostile)[-1].Tag + 'z')")]
    [InlineData("Set-OciTag ./hostile (Get-OciTag ./hostile)[-1].Tag -Reference multi")]
    [InlineData("Get-OciManifest ./hostile ((Get-OciTag ./hostile)[-1].Tag + 'z')")]
    [InlineData("$null = Expand-OciArtifact ./hostile (Get-OciManifest ./hostile multi).Manifests[0] ./out")]
    [InlineData("(Get-OciManifest ./hostile multi).Manifests[0] | Expand-OciArtifact -Destination ./out -WhatIf")]
    [InlineData("Get-OciStore ((Get-OciTag ./hostile)[-1].Tag + 'z')")]
    [InlineData("Invoke-OciGC ./hostile -WhatIf")]
    [InlineData("try { Get-OciTag ('./' + (Get-OciTag ./hostile)[-1].Tag) } catch { $_.ErrorDetails.RecommendedAction }")]
    [InlineData("$ErrorView = 'NormalView'; Get-OciManifest ./hostile ((Get-OciTag ./hostile)[-1].Tag + 'z')")]
    public void Prompts_and_messages_escape_hostile_text(string line)
    {
        using var session = new ModuleSession();
        HostileLayout.Write(session, "t" + string.Join('x', Unprintable.Where(c => c != "\u0000")));
        AssertPrintable(session, session.Render(line));
    }

    private static void AssertPrintable(ModuleSession session, string text)
    {
        // The renderer of the session ends lines with CRLF or LF.
        string[] lines = text.Split(["\r\n", "\n"], StringSplitOptions.None);
        Assert.Equal(lines.Select(l => Escaped(session, l)), lines);
    }

    private static string Escaped(ModuleSession session, string text) =>
        session.RunCleanly("[OciLayout.PrintableText]::Escape($args[0])", text).Single().ToString();

    private static string AssertOneArgument(string line, string completed)
    {
        ScriptBlockAst script = Parser.ParseInput(line + completed, out _, out ParseError[] errors);
        Assert.Empty(errors);
        var command = (CommandAst)Assert.IsType<PipelineAst>(Assert.Single(script.EndBlock.Statements)).PipelineElements[^1];
        Assert.Equal(line.Split('|')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + 1, command.CommandElements.Count);
        return Assert.IsType<StringConstantExpressionAst>(command.CommandElements[^1]).Value;
    }
}
