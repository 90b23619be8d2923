using System;

namespace OciLayout.PowerShell;

/// <summary>Keeps the last report of work, which the thread of the pipeline shows from time to time. Thread-safe.</summary>
internal sealed class LastReport<T> : IProgress<T>
    where T : struct
{
    private readonly object _sync = new();
    private T _value;

    public T Value
    {
        get
        {
            lock (_sync) return _value;
        }
    }

    public void Report(T value)
    {
        lock (_sync) _value = value;
    }
}
