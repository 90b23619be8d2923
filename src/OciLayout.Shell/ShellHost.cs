using System;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace OciLayout.Shell;

/// <summary>What the engine asks of the program around it. It has no nested prompt, as there is no prompt at all.</summary>
internal sealed class ShellHost(Terminal terminal) : PSHost
{
    private readonly ShellHostUserInterface _userInterface = new(terminal);

    /// <summary>What <c>exit</c> said, or null.</summary>
    public int? ExitCode { get; private set; }

    public override string Name => "OciLayout.Shell";

    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => _userInterface;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <summary>Lets nobody wait for an answer any more.</summary>
    public void AbandonPrompt() => _userInterface.AbandonPrompt();

    /// <summary>Takes away what progress has drawn, when all is done.</summary>
    public void ClearProgress() => _userInterface.ClearProgress();

    public override void EnterNestedPrompt() => throw new PSNotSupportedException("This shell has no prompt.");

    public override void ExitNestedPrompt() => throw new PSNotSupportedException("This shell has no prompt.");

    public override void NotifyBeginApplication()
    {
        // Nothing to save: programs that a script starts share the console.
    }

    public override void NotifyEndApplication()
    {
        // See NotifyBeginApplication.
    }
}
