using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Reflection.PortableExecutable;
using System.Runtime;

namespace OciLayout.Bench;

/// <summary>
/// Facts about a process that explain why the same work takes longer on another machine or with another build.
/// </summary>
/// <param name="Methods">The number of methods that the JIT compiler compiled. The code of a precompiled build is not compiled again.</param>
/// <param name="Faults">The number of memory pages that the process touched for the first time; 0 where the system does not tell.</param>
/// <param name="Processor">The processor time of all threads in milliseconds. Other work of the machine changes it less than the time.</param>
internal readonly record struct Facts(double Methods, double Faults, double Processor)
{
    /// <summary>Gets the facts of this process from its start until now.</summary>
    public static Facts Now => new(JitInfo.GetCompiledMethodCount(), ReadFaults(), Environment.CpuUsage.TotalTime.TotalMilliseconds);

    /// <summary>Gets the build of the core that this program loads: its framework, and whether it is precompiled.</summary>
    public static string Core { get; } = Describe(typeof(OciStore).Assembly.Location);

    public static Facts operator -(Facts a, Facts b) => new(a.Methods - b.Methods, a.Faults - b.Faults, a.Processor - b.Processor);

    /// <summary>
    /// Returns the milliseconds of a fixed loop of about 20 ms, which depends on nothing but the clock of the processor and on other work of
    /// the machine.
    /// </summary>
    public static double Clock()
    {
        var value = 1UL;
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 1 << 23; i++) value = (value * 6364136223846793005) + 1442695040888963407;
        GC.KeepAlive(value);
        return clock.Elapsed.TotalMilliseconds;
    }

    /// <summary>Returns the kind of an assembly file: "precompiled" or "compiled at run time".</summary>
    public static string Describe(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(assembly));
        return reader.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0 ? "precompiled" : "compiled at run time";
    }

    // The tenth field. The second field is a name in parentheses, which can contain blanks.
    private static long ReadFaults()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var text = File.ReadAllText("/proc/self/stat");
        return long.Parse(text.Substring(text.LastIndexOf(')') + 2).Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
