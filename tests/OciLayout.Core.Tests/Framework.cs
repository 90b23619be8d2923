using System.Linq;
using System.Runtime.Versioning;
using Xunit;

namespace OciLayout.Tests;

/// <summary>The target framework of the core under test.</summary>
internal static class Framework
{
    public static bool IsStandard { get; } = typeof(OciStore).Assembly.GetCustomAttributes(typeof(TargetFrameworkAttribute), false)
        .Cast<TargetFrameworkAttribute>().Single().FrameworkName.StartsWith(".NETStandard", System.StringComparison.Ordinal);

    /// <summary>Skips the test if the core under test is the netstandard build.</summary>
    public static void NeedsModernCore(string reason) => Assert.SkipWhen(IsStandard, reason);
}
