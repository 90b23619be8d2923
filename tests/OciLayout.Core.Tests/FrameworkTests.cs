using System;
using System.Linq;
using System.Reflection;
using System.Runtime.Versioning;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Tests that each of the two builds of these tests loads the build of the core that it is meant for.</summary>
public class FrameworkTests
{
    [Fact]
    public void Loaded_core_has_the_expected_target_framework()
    {
        string? expected = typeof(FrameworkTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "CoreFramework").Value;
        Assembly core = Assembly.Load("OciLayout.Core");

        Assert.StartsWith(AppContext.BaseDirectory, core.Location, StringComparison.Ordinal);
        Assert.Equal(expected, core.GetCustomAttribute<TargetFrameworkAttribute>()?.FrameworkName);
    }
}
