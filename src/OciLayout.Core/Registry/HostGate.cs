using System;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Delays all requests to a host while the host asks for it. Thread-safe.</summary>
internal sealed class HostGate(string host, RegistryClock clock)
{
    private readonly object _sync = new();

    // Requests wait until this time.
    private DateTime _opens = DateTime.MinValue;

    /// <summary>Called with a message when requests begin to wait.</summary>
    public Action<string>? Waiting { get; set; }

    /// <summary>Closes the gate for some time.</summary>
    /// <param name="time">The time to wait.</param>
    /// <param name="reason">The reason, for messages.</param>
    public void Close(TimeSpan time, string reason)
    {
        lock (_sync)
        {
            var opens = clock.UtcNow + time;
            if (opens <= _opens) return;
            _opens = opens;
        }

        if (time >= TimeSpan.FromSeconds(1)) Waiting?.Invoke($"waiting {Math.Ceiling(time.TotalSeconds):0} s for {host} ({reason})");
    }

    /// <summary>Waits until the gate is open.</summary>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_sync) wait = _opens - clock.UtcNow;
            if (wait <= TimeSpan.Zero) return;
            await clock.DelayAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }
}
