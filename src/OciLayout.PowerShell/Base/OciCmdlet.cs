using System;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Threading;

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
            WriteError(ErrorTable.Record(deferred.Error, deferred.StorePath, "This is from an earlier pipeline that was stopped; run it again."));
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
            WriteError(ErrorTable.Record(e, target));
            return false;
        }
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
            Terminate(e, target, action?.Invoke(e));
            throw;
        }
    }

    /// <summary>Ends the call with an error.</summary>
    [DoesNotReturn]
    private protected void Terminate(Exception error, object? target, string? action = null)
    {
        ThrowTerminatingError(ErrorTable.Record(error, target, action));
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
