using System;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;

namespace OciLayout.Files;

/// <summary>
/// Reads files that other tools write in place. Such a file can be empty or incomplete for a moment, so reading is repeated before the file
/// counts as corrupt.
/// </summary>
internal static class TornFile
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads and parses a file. Tries again while it cannot be parsed.</summary>
    /// <exception cref="JsonException">The file cannot be parsed for 200 ms.</exception>
    public static T Read<T>(Func<T> read, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return read();
            }
            catch (JsonException) when (clock.Elapsed < RetryTime)
            {
                cancellationToken.WaitHandle.WaitOne(10);
            }
        }
    }
}
