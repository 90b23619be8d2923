using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;

namespace OciLayout.Tests.Registry.Server;

/// <summary>A clock whose waits end at once and move the time. Thread-safe.</summary>
internal sealed class FakeClock : RegistryClock
{
    private readonly object _sync = new();
    private readonly List<TimeSpan> _waits = [];
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTime _now = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Whether waits last until they are cancelled.</summary>
    public bool Blocks { get; init; }

    /// <summary>Ends when the first wait begins.</summary>
    public Task FirstWait => _waiting.Task;

    /// <summary>The waits so far.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_sync) return [.. _waits];
        }
    }

    /// <summary>The sum of the waits.</summary>
    public TimeSpan Waited => TimeSpan.FromTicks(Waits.Sum(w => w.Ticks));

    public override DateTime UtcNow
    {
        get
        {
            lock (_sync) return _now;
        }
    }

    /// <summary>Moves the time.</summary>
    public void Advance(TimeSpan time)
    {
        lock (_sync) _now += time;
    }

    public override Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_sync)
        {
            _waits.Add(time);
            if (!Blocks) _now += time;
        }

        _waiting.TrySetResult();
        return Blocks ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : Task.CompletedTask;
    }
}
