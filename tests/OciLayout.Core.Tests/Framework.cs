using System.Linq;
using System.Runtime.Versioning;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Which build of the core is tested.</summary>
internal static class Framework
{
    public static bool IsStandard { get; } = typeof(OciStore).Assembly.GetCustomAttributes(typeof(TargetFrameworkAttribute), false)
        .Cast<TargetFrameworkAttribute>().Single().FrameworkName.StartsWith(".NETStandard", System.StringComparison.Ordinal);

    /// <summary>Skips where the core is built for an older framework.</summary>
    public static void NeedsModernCore(string reason) => Assert.SkipWhen(IsStandard, reason);
}
