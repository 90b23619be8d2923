using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>The base of all cmdlets: cancellation, error records and progress.</summary>
public abstract class OciCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RegistryLog _log = new();

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
            // The engine calls this on another thread, possibly after the cmdlet has finished.
        }
    }

    /// <summary>Returns the next step after an error; null when the default of the error kind fits this cmdlet.</summary>
    private protected virtual string? Advise(Exception error) =>
        CommonAdvice.For(error, StoreText, () => StorePath, parameter => MyInvocation.MyCommand is CmdletInfo info && info.Parameters.ContainsKey(parameter));

    /// <summary>Returns the message of an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">The object that the user typed or piped.</param>
    private protected virtual string Describe(Exception error, object? target) => error.Message;

    /// <summary>The store as the user wrote it, for next steps that name it.</summary>
    private protected virtual string? StoreText => null;

    /// <summary>The full path of that store.</summary>
    private protected virtual string? StorePath => null;

    /// <summary>Returns the store that a piped object is.</summary>
    /// <exception cref="OciArgumentException">The object is null or not a store.</exception>
    private protected StoreArgument PipedStore(ItemArgument? item)
    {
        if (item?.Text is { } path) return StoreArgument.From(path);
        // Content of a store is refused. With many piped tags, the whole store would be listed or collected once for each tag.
        if (item?.IsStoreOnly == true) return item.Store!;
        throw new OciArgumentException(
            "InvalidInput",
            item is null ? "null was piped." : $"{EngineObject.TypeName(item.Typed)} is not a store.",
            $"{MyInvocation.MyCommand.Name} takes stores from the pipeline: pipe paths or the output of Get-OciStore.");
    }

    /// <summary>Writes an error with the next step that fits this cmdlet.</summary>
    private protected void WriteProblem(Exception error, object? target) => WriteError(ErrorTable.Record(error, target, Advise(error), Describe(error, target)));

    /// <summary>Runs an action for one item. Reports its error and continues, so that other items are processed.</summary>
    /// <param name="target">The object that the user typed or piped.</param>
    /// <param name="action">The action.</param>
    /// <returns>Whether the action succeeded.</returns>
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
    /// <param name="error">The error.</param>
    /// <param name="target">The object that the user typed or piped.</param>
    /// <param name="action">The next step; null for the default of the error kind.</param>
    /// <returns>Whether the change was made.</returns>
    internal bool Report(Exception error, object? target, string? action = null)
    {
        if (error is OciException { Kind: OciErrorKind.IncompleteChange })
        {
            WriteWarning(error.Message);
            return true;
        }

        WriteError(ErrorTable.Record(error, target, action, Describe(error, target)));
        return false;
    }

    /// <summary>Runs an action that the whole call depends on. An error terminates the call.</summary>
    private protected void TryOrTerminate(object? target, Action action) => TryOrTerminate(target, AsFunction(action));

    /// <summary>Runs a function that the whole call depends on. An error terminates the call.</summary>
    private protected T TryOrTerminate<T>(object? target, Func<T> function, Func<Exception, string?>? action = null)
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

    /// <summary>Checks the tags of a parameter before any input is processed. An invalid tag terminates the call.</summary>
    private protected void CheckTags(string[]? tags)
    {
        foreach (var tag in tags ?? []) TryOrTerminate(tag, () => OciStore.CheckTag(tag));
    }

    /// <summary>Runs slow work on another thread while this thread shows progress.</summary>
    /// <param name="activity">The name of the activity.</param>
    /// <param name="work">The work. It ends soon after <see cref="Cancellation"/> is cancelled, and does not call the engine.</param>
    /// <param name="status">Returns the progress. It is called on this thread while the work runs.</param>
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

    /// <inheritdoc cref="Run{T}(string, Func{T}, Func{WorkStatus})"/>
    private protected void Run(string activity, Action work, Func<WorkStatus> status) => Run(activity, AsFunction(work), status);

    /// <summary>Runs slow work that is a part of an activity with its own progress.</summary>
    private protected void Run(ProgressReport progress, Action work, Func<WorkStatus> status) => Run(progress, AsFunction(work), status);

    /// <inheritdoc cref="Run(ProgressReport, Action, Func{WorkStatus})"/>
    private protected T Run<T>(ProgressReport progress, Func<T> work, Func<WorkStatus> status) => Wait(progress, _log.Run(() => Task.Run(work)), status);

    /// <summary>Starts requests and waits for their result. Work on a layout is completed when it is started.</summary>
    /// <param name="activity">The name of the activity.</param>
    /// <param name="work">Starts the work. It ends soon after <see cref="Cancellation"/> is cancelled.</param>
    private protected T Await<T>(string activity, Func<ValueTask<T>> work)
    {
        var result = _log.Run(work);
        if (result.IsCompleted) return result.GetAwaiter().GetResult();
        var progress = new ProgressReport(this, activity);
        try
        {
            return Wait(progress, result.AsTask(), () => new WorkStatus(_log.Status));
        }
        finally
        {
            progress.Complete();
        }
    }

    private T Wait<T>(ProgressReport progress, Task<T> task, Func<WorkStatus> status)
    {
        var done = ((IAsyncResult)task).AsyncWaitHandle;
        try
        {
            while (!done.WaitOne(ProgressReport.Interval))
            {
                _log.WriteTo(this);
                progress.Show(status);
            }
        }
        finally
        {
            done.WaitOne(); // Show throws when the pipeline is stopped. The work ends soon afterwards.
        }

        _log.WriteTo(this);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Starts requests whose messages this cmdlet writes.</summary>
    private protected T Logged<T>(Func<T> start) => _log.Run(start);

    /// <summary>Adds the wait that a registry asked for to the progress of work.</summary>
    private protected WorkStatus WithWait(WorkStatus status) => _log.Wait is { } wait ? status with { Text = $"{status.Text} ({wait})" } : status;

    /// <summary>The status of requests: their number, or the wait that a registry asked for.</summary>
    private protected string RequestStatus => _log.Status;

    /// <summary>The number of requests that this cmdlet has sent to registries.</summary>
    private protected int RequestCount => _log.Requests;

    private static Func<bool> AsFunction(Action action) => () =>
    {
        action();
        return true;
    };

    /// <summary>Emits a file as <c>Get-Item</c> does, with the properties that the views of the engine show.</summary>
    private protected void WriteFile(string path)
    {
        try
        {
            WriteObject(InvokeProvider.Item.Get([@"Microsoft.PowerShell.Core\FileSystem::" + path], force: true, literalPath: true), enumerateCollection: true);
        }
        catch (ItemNotFoundException)
        {
            WriteObject(new FileInfo(path)); // the file was deleted in the meantime
        }
    }

    /// <summary>Writes a warning with characters that are not printable escaped.</summary>
    internal new void WriteWarning(string text) => base.WriteWarning(PrintableText.Escape(text));

    /// <summary>Writes a verbose message with characters that are not printable escaped.</summary>
    internal new void WriteVerbose(string text) => base.WriteVerbose(PrintableText.Escape(text));

    /// <summary>Whether <c>-WhatIf</c> or <c>-Confirm</c> shows the effect of a change, so that a plan has to be made.</summary>
    private protected bool Previews =>
        IsOn("WhatIf", LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference")))
        || IsOn("Confirm", GetVariableValue("ConfirmPreference") is ConfirmImpact and > ConfirmImpact.None and <= ConfirmImpact.Medium);

    private bool IsOn(string parameter, bool preference) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out var bound) ? LanguagePrimitives.IsTrue(bound) : preference;

    /// <summary>Asks whether to change a target, with characters that are not printable escaped.</summary>
    private protected new bool ShouldProcess(string target, string action) => base.ShouldProcess(PrintableText.Escape(target), PrintableText.Escape(action));

    /// <summary>
    /// Asks whether to carry out an action. With <c>-WhatIf</c>, it prints each detail of the action on its own line. Characters that are
    /// not printable are escaped.
    /// </summary>
    /// <param name="action">The action in the imperative, without a full stop.</param>
    /// <param name="details">Returns the details in the same form. It is called only with <c>-WhatIf</c>.</param>
    private protected bool Confirm(string action, Func<IEnumerable<string>> details)
    {
        if (ShouldProcess(action, out var reason)) return true;
        if (reason != ShouldProcessReason.WhatIf) return false;
        foreach (var detail in details()) ShouldProcess(detail, out _);
        return false;
    }

    private bool ShouldProcess(string action, out ShouldProcessReason reason)
    {
        action = PrintableText.Escape(action);
        return base.ShouldProcess(action + ".", action + "?", "Confirm", out reason);
    }

    /// <summary>Ends the call with a terminating error.</summary>
    [DoesNotReturn]
    private protected void Terminate(Exception error, object? target, string? action = null)
    {
        ThrowTerminatingError(ErrorTable.Record(error, target, action ?? Advise(error), Describe(error, target)));
        throw new InvalidOperationException("unreachable");
    }

    /// <summary>Releases resources. The engine always calls it, even when a pipeline ends early and EndProcessing is not called.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases resources.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _stop.Dispose();
    }
}
