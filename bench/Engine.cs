using System;
using System.IO;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>Finds programs and starts the PowerShell engine: pwsh if it is installed, or else OciLayout.Shell.</summary>
internal static class Engine
{
    /// <summary>Gets the root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets the configuration of this build: Debug or Release.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public static string Module { get; } = Path.Combine(Root, "out", "OciLayout", "OciLayout.psd1");

    /// <summary>Gets whether pwsh runs the scripts.</summary>
    public static bool IsPwsh { get; } = Find("pwsh") is not null && Environment.GetEnvironmentVariable("OCILAYOUT_BENCH_ENGINE") != "shell";

    /// <summary>Gets the build of the core that the module loads in the engine on this runtime.</summary>
    public static string Core
    {
        get
        {
            var bin = Path.Combine(Root, "out", "OciLayout", "bin");
            var build = $"net{Environment.Version.Major}.0-{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}";
            if (!Directory.Exists(Path.Combine(bin, build))) build = "net8.0";
            return $"{build}, {Facts.Describe(Path.Combine(bin, build, "OciLayout.Core.dll"))}";
        }
    }

    public static string Name => IsPwsh ? "pwsh" : "OciLayout.Shell";

    private static string Shell { get; } = Path.Combine(
        Root, "src", "OciLayout.Shell", "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? "OciLayout.Shell.exe" : "OciLayout.Shell");

    /// <summary>Returns the full path of a program on PATH; null if there is none.</summary>
    public static string? Find(string name)
    {
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => suffixes.Select(suffix => Path.Combine(folder, name + suffix))).FirstOrDefault(File.Exists);
    }

    /// <summary>Returns the command line of a program; null if it is not on PATH.</summary>
    public static CommandLine? Tool(string name, params string[] arguments) => Find(name) is { } file ? new CommandLine(file, arguments) : null;

    /// <summary>Returns a command line that runs a script with the module imported.</summary>
    public static CommandLine WithModule(string script) => IsPwsh
        ? new CommandLine(Find("pwsh")!, "-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{Module}'; {script}")
        : new CommandLine(Shell, "-NoProfile", "-NonInteractive", "-Command", script);

    /// <summary>
    /// Returns a command line that runs a script without the module. OciLayout.Shell always imports a module, so it gets an empty one.
    /// </summary>
    public static CommandLine Alone(Place place, string script)
    {
        if (IsPwsh) return new CommandLine(Find("pwsh")!, "-NoProfile", "-NonInteractive", "-Command", script);
        return new CommandLine(Shell, "-NoProfile", "-NonInteractive", "-Command", script) { Variable = ("OCILAYOUT_MODULE", OtherModule(place)) };
    }

    /// <summary>Returns a script that runs another one and writes its time in milliseconds and the number of methods that were compiled.</summary>
    public static string Clock(string work) =>
        $"$compiled = [Runtime.JitInfo]::GetCompiledMethodCount(); $clock = [System.Diagnostics.Stopwatch]::StartNew(); {work}; "
        + "$took = $clock.Elapsed.TotalMilliseconds; [string]::Format([cultureinfo]::InvariantCulture, '{0} -1 {1}', $took, [Runtime.JitInfo]::GetCompiledMethodCount() - $compiled)";

    /// <summary>Writes an empty module, or one with a function, and returns the path of its manifest.</summary>
    public static string OtherModule(Place place, string? function = null)
    {
        var name = function is null ? "Empty" : "Other";
        var directory = Directory.CreateDirectory(place.InShared(name)).FullName;
        File.WriteAllText(Path.Combine(directory, name + ".psm1"), function is null ? "" : $"function {function} {{ }}");
        var manifest = Path.Combine(directory, name + ".psd1");
        File.WriteAllText(manifest, $"@{{ RootModule = '{name}.psm1'; ModuleVersion = '1.0'; FunctionsToExport = @({(function is null ? "" : $"'{function}'")}); CmdletsToExport = @() }}");
        return manifest;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OciLayout.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds OciLayout.slnx.");
    }
}
