using Xunit;

namespace OciLayout.Testing;

/// <summary>The exit code and the output of a process.</summary>
internal sealed record ProcessResult(string CommandLine, int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test, with the output of the process, unless the exit code is 0.</summary>
    public ProcessResult AssertSuccess()
    {
        Assert.True(ExitCode == 0, $"`{CommandLine}` ended with {ExitCode}.\n{Error}\n{Output}");
        return this;
    }
}
