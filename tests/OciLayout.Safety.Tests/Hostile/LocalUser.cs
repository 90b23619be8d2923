using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Runs tests of this assembly, and other programs, as other users of the machine. Only root can do that.</summary>
internal static class LocalUser
{
    public const int Alice = 64101;
    public const int Bob = 64102;
    public const int Group = 64100;

    /// <summary>Skips the test where programs cannot run as other users.</summary>
    public static void Require()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can run programs as other users.");
        Assert.SkipUnless(ExternalProcess.Find("setpriv") is not null, "The program setpriv is not installed.");
    }

    /// <summary>Runs an explicit test in a process of another user, with a home directory in the directory of the test.</summary>
    public static async Task Run(int user, int group, string umask, string method, TemporaryDirectory directory, params (string Name, string Value)[] variables)
    {
        string home = directory.NewDirectory("home-" + Guid.NewGuid().ToString("N"));
        await Chown(user, group, home);
        Dictionary<string, string?> environment = variables.ToDictionary(v => v.Name, v => (string?)v.Value);
        environment["HOME"] = environment["DOTNET_CLI_HOME"] = environment["TMPDIR"] = home;
        ProcessResult run = await Start(user, group, $"umask {umask}; exec '{Environment.ProcessPath}' -method '{method}' -explicit only", environment);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", run.AssertSuccess().Output, StringComparison.Ordinal);
    }

    /// <summary>Runs a shell command as another user.</summary>
    public static Task<ProcessResult> Start(int user, int group, string command, IReadOnlyDictionary<string, string?>? environment = null)
    {
        string[] arguments = ["--reuid", Text(user), "--regid", Text(group), "--groups", Text(Group), "/bin/sh", "-c", command];
        return ExternalProcess.RunAsync("setpriv", arguments, environment: environment, timeout: TimeSpan.FromMinutes(5));
    }

    public static async Task Chown(int user, int group, string path, bool recurse = false)
    {
        string[] options = recurse ? ["-R"] : [];
        (await ExternalProcess.RunAsync("chown", [.. options, $"{Text(user)}:{Text(group)}", path])).AssertSuccess();
    }

    public static async Task SetMode(string mode, string path) => (await ExternalProcess.RunAsync("chmod", [mode, path])).AssertSuccess();

    /// <summary>Returns the owner of a file, its group, and its mode in octal digits.</summary>
    public static async Task<string> Owner(string path) =>
        (await ExternalProcess.RunAsync("stat", ["-c", "%u:%g %a", path])).AssertSuccess().Output.Trim();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
