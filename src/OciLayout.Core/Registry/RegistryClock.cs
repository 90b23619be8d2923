using System;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>The time of the system. A test replaces it to wait without waiting.</summary>
internal class RegistryClock
{
    public static RegistryClock System { get; } = new();

    public virtual DateTime UtcNow => DateTime.UtcNow;

    public virtual Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, cancellationToken);
}
