using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that the tests that docs/guarantees.md names as proof exist.</summary>
public partial class GuaranteesTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guarantees.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Named_test_classes_exist_in_their_projects()
    {
        var projects = Project().Matches(Text).ToDictionary(m => m.Groups["letter"].Value, m => m.Groups["project"].Value);
        var named = Proof().Matches(Text).SelectMany(m => Class().Matches(m.Groups["classes"].Value).SelectMany(
            c => m.Groups["letters"].Value.Split(", ").Select(l => (Class: c.Value, Project: projects[l])))).ToList();

        Assert.All(named, n => Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(Repository.Root, n.Project), n.Class + ".cs", SearchOption.AllDirectories)));
        Assert.True(named.Count > 50);
        var all = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet();
        Assert.All(Class().Matches(Text), c => Assert.Contains(c.Value, all));
    }

    [Fact]
    public void Each_promise_has_a_condition_and_a_proof()
    {
        IEnumerable<string[]> rows = Table().Matches(Text).SelectMany(m => m.Groups["rows"].Value.TrimEnd('\n').Split('\n')).Select(r => r.Trim('|').Split('|'));
        Assert.True(rows.Count() > 30);
        Assert.All(rows, cells =>
        {
            Assert.Equal(3, cells.Length);
            Assert.All(cells, c => Assert.NotEqual("", c.Trim()));
            Assert.Matches(Class(), cells[2]);
        });
    }

    [GeneratedRegex(@"\((?<letter>[A-Z])\) `(?<project>tests/[\w.]+)`")]
    private static partial Regex Project();

    [GeneratedRegex(@"(?<classes>`\w+Tests`(, `\w+Tests`)*) \((?<letters>[A-Z](, [A-Z])*)\)")]
    private static partial Regex Proof();

    [GeneratedRegex(@"(?<=`)\w+Tests(?=`)")]
    private static partial Regex Class();

    [GeneratedRegex(@"^\| Promise \| Condition \| Proof \|\n\|[-|]+\|\n(?<rows>(\|.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Table();
}
