using System;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// Reads the files that other tools write in place. Such a file is empty or cut off for a moment, so it is read again for a while before it
/// counts as broken.
/// </summary>
internal static class TornFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads and parses a file; again while it cannot be parsed.</summary>
    /// <exception cref="JsonException">It still cannot be parsed after 200 ms.</exception>
    public static T Read<T>(Func<T> read, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return read();
            }
            catch (JsonException) when (clock.Elapsed < Patience)
            {
                cancellation.WaitHandle.WaitOne(10);
            }
        }
    }
}
