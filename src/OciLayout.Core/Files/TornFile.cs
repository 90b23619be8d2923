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

    /// <summary>Reads and parses a file. Tries again for 200 ms after the first failure, and at least once.</summary>
    /// <exception cref="JsonException">The file still cannot be parsed.</exception>
    public static T Read<T>(Func<T> read, CancellationToken cancellationToken)
    {
        Stopwatch? sinceFailure = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return read();
            }
            catch (JsonException) when (sinceFailure is null || sinceFailure.Elapsed < RetryTime)
            {
                sinceFailure ??= Stopwatch.StartNew();
                cancellationToken.WaitHandle.WaitOne(10);
            }
        }
    }
}
