using System;
using System.Collections.Concurrent;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Messages about the requests of one cmdlet. Other threads add them, and the cmdlet writes them on the thread of the pipeline.
/// </summary>
internal sealed class RegistryLog
{
    private const int MaxWarnings = 1000;

    private static readonly AsyncLocal<RegistryLog?> Current = new();
    private static readonly ConcurrentDictionary<string, bool> Warned = new(StringComparer.Ordinal);

    private readonly ConcurrentQueue<(string Kind, string Text)> _messages = new();
    private volatile string? _wait;
    private int _requests;

    /// <summary>The wait that a registry asked for; null when requests are being sent.</summary>
    public string? Wait => _wait;

    /// <summary>The number of requests that were sent.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>The last wait that a registry asked for, and the number of requests that were sent.</summary>
    public string Status => _wait ?? Display.Count(Requests, "request", "requests");

    /// <summary>Runs a function whose requests, also those of tasks that it starts, are logged here.</summary>
    public T Run<T>(Func<T> function)
    {
        var outer = Current.Value;
        Current.Value = this;
        try
        {
            return function();
        }
        finally
        {
            Current.Value = outer;
        }
    }

    /// <summary>Writes the messages that were added.</summary>
    public void WriteTo(OciCmdlet cmdlet)
    {
        while (_messages.TryDequeue(out var message))
        {
            if (message.Kind == "Warning") cmdlet.WriteWarning(message.Text);
            else if (message.Kind == "Verbose") cmdlet.WriteVerbose(message.Text);
            else cmdlet.WriteDebug(PrintableText.Escape(message.Text));
        }
    }

    /// <summary>Adds the messages of a registry to the log of the cmdlet that sends the request.</summary>
    public static void Attach(OciRegistry registry)
    {
        registry.Client.Waiting = text => Current.Value?.AddWait(text);
        registry.Client.Sent = line => Current.Value?.AddRequest(line);
        registry.Client.Noted = text => Current.Value?._messages.Enqueue(("Verbose", text));
        registry.Client.Warned = text => Current.Value?.AddOnce(text);
        registry.Stored.Warning = text => Current.Value?.AddWarning(text) is true;
    }

    private void AddWait(string text)
    {
        _wait = text;
        _messages.Enqueue(("Verbose", char.ToUpperInvariant(text[0]) + text.Substring(1) + "."));
    }

    private void AddRequest(string line)
    {
        _wait = null;
        Interlocked.Increment(ref _requests);
        _messages.Enqueue(("Debug", line));
    }

    private bool AddWarning(string text)
    {
        _messages.Enqueue(("Warning", text));
        return true;
    }

    // A registry can send a warning with each answer.
    private void AddOnce(string text)
    {
        if (Warned.Count < MaxWarnings && Warned.TryAdd(text, true)) AddWarning(text);
    }
}
