using System;
using System.Globalization;
using System.Threading;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Acquires file locks.</summary>
internal static class FileLock
{
    private static readonly object RandomGate = new();
    private static readonly Random Random = new();

    /// <summary>Acquires a lock. Retries with growing, randomized pauses.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/> after the timeout.</exception>
    public static IDisposable Take(IFileLocker files, string path, bool exclusive, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var attempt = 0; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (files.TryLock(path, exclusive) is { } taken) return taken;
            if (clock.Elapsed >= timeout)
            {
                var waited = timeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
                throw Errors.LockHeld(path, timeout);
            }

            files.Pause(Next(1, 2 + Math.Min(attempt, 18)), cancellationToken);
        }
    }

    private static int Next(int from, int below)
    {
        lock (RandomGate) return Random.Next(from, below);
    }
}
