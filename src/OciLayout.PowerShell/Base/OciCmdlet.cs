using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>What all cmdlets do alike: stop when told, and turn errors into records.</summary>
public abstract class OciCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    private protected CancellationToken Cancellation => _stop.Token;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        foreach (var deferred in DeferredErrors.Take())
            Report(deferred.Error, deferred.StorePath, "This error is from an earlier pipeline that ended early. Its last changes were not saved; run it again.");
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It comes on another thread, and the cmdlet had just finished.
        }
    }

    /// <summary>Returns the next step after an error when the usual one of its kind does not fit this cmdlet; null when it does.</summary>
    private protected virtual string? Advise(Exception error) =>
        CommonAdvice.For(error, StoreText, MyInvocation.MyCommand is CmdletInfo info && info.Parameters.ContainsKey("Force"));

    /// <summary>The store as it was given, for a next step that names it.</summary>
    private protected virtual string? StoreText => null;

    /// <summary>Writes an error with the next step that fits this cmdlet.</summary>
    private protected void WriteProblem(Exception error, object? target) => WriteError(ErrorTable.Record(error, target, Advise(error)));

    /// <summary>Does something with one item; what goes wrong with it is reported, and the rest goes on.</summary>
    /// <param name="target">What the user typed or piped.</param>
    /// <param name="action">What to do.</param>
    /// <returns>Whether it went well.</returns>
    private protected bool Try(object? target, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (ErrorTable.Knows(e))
        {
            return Report(e, target, Advise(e));
        }
    }

    /// <summary>Reports an error, or a warning when the change was made and only a later step of it failed.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">What the user typed or piped.</param>
    /// <param name="action">A next step that fits better than the usual one.</param>
    /// <returns>Whether the change was made.</returns>
    internal bool Report(Exception error, object? target, string? action = null)
    {
        if (error is OciException { Kind: OciErrorKind.IncompleteChange })
        {
            WriteWarning(error.Message);
            return true;
        }

        WriteError(ErrorTable.Record(error, target, action));
        return false;
    }

    /// <summary>Does something without which the whole call is senseless; what goes wrong ends it.</summary>
    private protected T Must<T>(object? target, Func<T> function, Func<Exception, string?>? action = null)
    {
        try
        {
            return function();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (ErrorTable.Knows(e))
        {
            Terminate(e, target, action?.Invoke(e) ?? Advise(e));
            throw;
        }
    }

    /// <summary>Does what may take long on another thread, so that this one can show how far it has come.</summary>
    /// <param name="activity">What is done.</param>
    /// <param name="work">It ends soon when <see cref="Cancellation"/> is cancelled, and calls nothing of the engine.</param>
    /// <param name="status">How far it is; called on this thread while the work goes on.</param>
    private protected T Run<T>(string activity, Func<T> work, Func<WorkStatus> status)
    {
        var progress = new ProgressReport(this, activity);
        try
        {
            return Run(progress, work, status);
        }
        finally
        {
            progress.Complete();
        }
    }

    /// <summary>The same as a part of something that has its own progress.</summary>
    private protected static T Run<T>(ProgressReport progress, Func<T> work, Func<WorkStatus> status)
    {
        var task = Task.Run(work);
        var done = ((IAsyncResult)task).AsyncWaitHandle;
        try
        {
            while (!done.WaitOne(ProgressReport.Interval)) progress.Show(status);
        }
        finally
        {
            done.WaitOne(); // to show something is refused when the pipeline is stopped, and then the work is about to end
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Emits a file as <c>Get-Item</c> does: with what the engine's views show of one.</summary>
    private protected void WriteFile(string path)
    {
        try
        {
            WriteObject(InvokeProvider.Item.Get([@"Microsoft.PowerShell.Core\FileSystem::" + path], force: true, literalPath: true), enumerateCollection: true);
        }
        catch (ItemNotFoundException)
        {
            WriteObject(new FileInfo(path)); // somebody took it away at once
        }
    }

    /// <summary>Writes a warning with characters that are not printable escaped.</summary>
    internal new void WriteWarning(string text) => base.WriteWarning(PrintableText.Escape(text));

    /// <summary>Writes a verbose message with characters that are not printable escaped.</summary>
    internal new void WriteVerbose(string text) => base.WriteVerbose(PrintableText.Escape(text));

    /// <summary>Whether <c>-WhatIf</c> or <c>-Confirm</c> shows what a change would do, so that it is worth finding out.</summary>
    private protected bool Previews =>
        IsOn("WhatIf", LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference")))
        || IsOn("Confirm", GetVariableValue("ConfirmPreference") is ConfirmImpact and > ConfirmImpact.None and <= ConfirmImpact.Medium);

    private bool IsOn(string parameter, bool preference) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out var bound) ? LanguagePrimitives.IsTrue(bound) : preference;

    /// <summary>Asks whether to change a target, with characters that are not printable escaped.</summary>
    internal new bool ShouldProcess(string target, string action) => base.ShouldProcess(PrintableText.Escape(target), PrintableText.Escape(action));

    /// <summary>Asks whether to do what a sentence says, with characters that are not printable escaped.</summary>
    /// <param name="action">The action in the imperative, without a full stop.</param>
    /// <param name="reason">Why the answer is no.</param>
    internal bool Confirm(string action, out ShouldProcessReason reason)
    {
        action = PrintableText.Escape(action);
        return base.ShouldProcess(action + ".", action + "?", "Confirm", out reason);
    }

    /// <summary>Under <c>-WhatIf</c>, prints one line of the details and does nothing else.</summary>
    internal void Preview(string action) => Confirm(action, out _);

    /// <summary>Ends the call with an error.</summary>
    [DoesNotReturn]
    private protected void Terminate(Exception error, object? target, string? action = null)
    {
        ThrowTerminatingError(ErrorTable.Record(error, target, action ?? Advise(error)));
        throw new InvalidOperationException("unreachable");
    }

    /// <summary>Releases what is held; the engine calls it last, also when it calls nothing else any more.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what is held.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _stop.Dispose();
    }
}
