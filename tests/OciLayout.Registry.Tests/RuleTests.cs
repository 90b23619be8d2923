using System;
using System.Linq;
using System.Reflection;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests that each numbered rule of the design has a test with its number.</summary>
public sealed class RuleTests
{
    /// <summary>The rules: protocol, reading, writing, waiting, authentication, safety.</summary>
    public static TheoryData<string> Rules =>
    [
        .. Numbers("P", 13), .. Numbers("R", 7), .. Numbers("W", 11), "W4a", "W6a", .. Numbers("T", 3), .. Numbers("A", 6), .. Numbers("S", 11),
    ];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Each_rule_has_a_test(string rule) =>
        Assert.Contains(
            typeof(RuleTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()),
            m => m.GetCustomAttributes<FactAttribute>().Any() && m.Name.StartsWith(rule + "_", StringComparison.Ordinal));

    private static string[] Numbers(string letter, int count) => [.. Enumerable.Range(1, count).Select(n => letter + n)];
}
