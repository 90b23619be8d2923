using System;
using System.Collections.Generic;
using System.Threading;

namespace OciLayout.Safety.Disks;

/// <summary>The steps of some processes on one disk, in order. Thread-safe, but for <see cref="Events"/>.</summary>
internal sealed class DiskLog
{
    private readonly Lock _sync = new();
    private readonly List<DiskEvent> _events = [];

    public IReadOnlyList<DiskEvent> Events => _events;

    public void Note(DiskEvent happened)
    {
        lock (_sync) _events.Add(happened);
    }

    /// <summary>Runs an action and records it as one step.</summary>
    public T Do<T>(Func<T> action, params ReadOnlySpan<DiskEvent> events)
    {
        lock (_sync)
        {
            T result = action();
            _events.AddRange(events);
            return result;
        }
    }
}
