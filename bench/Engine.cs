using System;
using System.IO;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>Where programs are, and how the PowerShell engine is started: pwsh where it is installed, else our own shell.</summary>
internal static class Engine
{
    private static readonly string Root = FindRoot();

    public static string Module { get; } = Path.Combine(Root, "out", "OciLayout", "OciLayout.psd1");

    /// <summary>Whether pwsh is what runs scripts.</summary>
    public static bool IsPwsh { get; } = Find("pwsh") is not null && Environment.GetEnvironmentVariable("OCILAYOUT_BENCH_ENGINE") != "shell";

    public static string Name => IsPwsh ? "pwsh" : "OciLayout.Shell";

    private static string Shell { get; } = Path.Combine(
        Root, "src", "OciLayout.Shell", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", OperatingSystem.IsWindows() ? "OciLayout.Shell.exe" : "OciLayout.Shell");

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? Find(string name)
    {
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => suffixes.Select(suffix => Path.Combine(folder, name + suffix))).FirstOrDefault(File.Exists);
    }

    /// <summary>Another program, if it is on PATH.</summary>
    public static CommandLine? Tool(string name, params string[] arguments) => Find(name) is { } file ? new CommandLine(file, arguments) : null;

    /// <summary>Runs a script with the module imported.</summary>
    public static CommandLine WithModule(string script) => IsPwsh
        ? new CommandLine(Find("pwsh")!, "-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{Module}'; {script}")
        : new CommandLine(Shell, "-NoProfile", "-NonInteractive", "-Command", script);

    /// <summary>Runs a script without the module; our shell always imports one, and is given an empty one.</summary>
    public static CommandLine Alone(Place place, string script)
    {
        if (IsPwsh) return new CommandLine(Find("pwsh")!, "-NoProfile", "-NonInteractive", "-Command", script);
        return new CommandLine(Shell, "-NoProfile", "-NonInteractive", "-Command", script) { Variable = ("OCILAYOUT_MODULE", OtherModule(place)) };
    }

    /// <summary>A module of nothing, or of one function.</summary>
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
