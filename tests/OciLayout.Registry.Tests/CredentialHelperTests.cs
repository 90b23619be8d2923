using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry.Credentials;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rule A6: credential helpers, which are scripts here.</summary>
public sealed class CredentialHelperTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CredentialHelperTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The helpers are shell scripts.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private void Script(string name, string text, string? directory = null)
    {
        var path = _directory.NewFile(Path.Combine(directory ?? "bin", "docker-credential-" + name), Encoding.UTF8.GetBytes("#!/bin/sh\n" + text + "\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Task<RegistryCredential?> AskAsync(string name, CancellationToken? cancellationToken = null) =>
        CredentialHelper.GetAsync(name, "ghcr.io", _directory["bin"], cancellationToken ?? Cancellation);

    [Fact]
    public async Task A6_An_account_is_found_for_the_server()
    {
        Script("test", """read -r server; [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"bob","Secret":"for-%s"}' "$server" "$server" """);
        var found = await AskAsync("test");
        Assert.Equal(("bob", "for-ghcr.io", "docker-credential-test", false), (found!.UserName, found.Secret, found.Source, found.IsIdentityToken));
    }

    [Fact]
    public async Task A6_An_identity_token_is_recognized()
    {
        Script("test", """cat >/dev/null; echo '{"Username":"<token>","Secret":"t"}'""");
        Assert.True((await AskAsync("test"))!.IsIdentityToken);
    }

    [Theory]
    [InlineData("cat >/dev/null; echo 'credentials not found in native keychain'; exit 1")]
    [InlineData("""cat >/dev/null; echo '{"Username":"","Secret":""}'""")]
    public async Task A6_None_means_anonymous(string script)
    {
        Script("test", script);
        Assert.Null(await AskAsync("test"));
    }

    [Theory]
    [InlineData("echo s3cret; exit 3")]
    [InlineData("echo 's3cret'")]
    [InlineData("echo '[\"s3cret\"]'")]
    [InlineData("echo '{\"Username\":1,\"Secret\":\"s3cret\"}'")]
    [InlineData("kill -9 $$")]
    [InlineData("while :; do echo s3cret s3cret s3cret s3cret s3cret s3cret; done")]
    [InlineData("exec 0<&-; exit 1")]
    public async Task A6_A_failure_is_an_error_without_the_output(string script)
    {
        Script("test", script);
        var error = await Assert.ThrowsAnyAsync<IOException>(() => AskAsync("test"));
        Assert.Contains("docker-credential-test", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A6_A_helper_that_does_not_read_its_input_is_heard()
    {
        Script("test", """exec 0<&-; echo '{"Username":"bob","Secret":"x"}'""");
        Assert.Equal("bob", (await AskAsync("test"))!.UserName);
    }

    [Fact]
    public async Task A6_A_helper_that_hangs_is_killed_on_cancellation()
    {
        string started = _directory["started"], ended = _directory["ended"];
        (await ExternalProcess.RunAsync("mkfifo", [started, ended])).AssertSuccess();
        Script("test", $"cat '{ended}' & echo $$ $! >'{started}'; wait"); // the child keeps the output open
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var asking = AskAsync("test", stop.Token);
        var ids = (await File.ReadAllTextAsync(started, Cancellation)).Split(' ').Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        using var helper = Process.GetProcessById(ids[0]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await helper.WaitForExitAsync(Cancellation);
        while (IsRunning(ids[1])) await Task.Delay(10, Cancellation);
    }

    // The process is not a child of this one. If nothing reaps it, it remains as a zombie.
    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !OperatingSystem.IsLinux() || !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return false;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("$(x)")]
    [InlineData("ä")]
    public async Task A6_Other_names_are_refused(string name) =>
        Assert.Contains("not the name", (await Assert.ThrowsAnyAsync<IOException>(() => AskAsync(name))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A6_A_helper_is_searched_on_PATH_only()
    {
        Script("test", """echo '{"Username":"evil","Secret":"x"}'""", "elsewhere");
        Assert.Contains("not on PATH", (await Assert.ThrowsAnyAsync<IOException>(() => AskAsync("test"))).Message, StringComparison.Ordinal);
        var before = Path.GetRelativePath(Environment.CurrentDirectory, _directory["elsewhere"]);
        await Assert.ThrowsAnyAsync<IOException>(() => CredentialHelper.GetAsync("test", "ghcr.io", before + Path.PathSeparator + ".", Cancellation));
    }

    [Fact]
    public async Task A6_The_files_choose_the_helper()
    {
        Script("one", """cat >/dev/null; echo '{"Username":"one","Secret":"x"}'""");
        Script("two", """read -r server; printf '{"Username":"two","Secret":"%s"}' "$server" """);
        Script("broken", "exit 2");
        _directory.NewFile(Path.Combine(".docker", "config.json"), """{"credHelpers":{"ghcr.io":"one","quay.io":"broken","missing.io":"missing"},"credsStore":"two","auths":{"quay.io":{"auth":"dTpw"}}}"""u8);
        var environment = new Dictionary<string, string> { ["PATH"] = _directory["bin"] };
        var warnings = new List<string>();
        using var chain = new CredentialChain(new FakeClock(), name => environment.TryGetValue(name, out var value) ? value : null, _directory.Path)
        {
            Warning = text =>
            {
                warnings.Add(text);
                return true;
            },
        };

        Assert.Equal("one", (await chain.FindAsync("ghcr.io", "a/b", Cancellation))!.UserName);
        Assert.Equal("https://index.docker.io/v1/", (await chain.FindAsync("docker.io", "a/b", Cancellation))!.Secret);
        Assert.Empty(warnings);
        Assert.Equal("u", (await chain.FindAsync("quay.io", "a/b", Cancellation))!.UserName);
        Assert.Null(await chain.FindAsync("missing.io", "a/b", Cancellation));
        Assert.Equal(2, warnings.Count);
    }
}
