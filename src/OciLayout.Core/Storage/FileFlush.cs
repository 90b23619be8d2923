using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>Flushes files, several at once where that takes time: the journal then takes many with one write.</summary>
internal sealed class FileFlush
{
    private const int Most = 8;

    // A memory file system flushes in no time; there the first thread is done before another one has begun.
    private static readonly long Slow = Stopwatch.Frequency / 10_000;

    private readonly IFileSystem _files;
    private readonly IReadOnlyList<string> _paths;
    private readonly CancellationToken _cancellation;
    private int _next = -1;
    private Exception? _failure;

    private FileFlush(IFileSystem files, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        _files = files;
        _paths = paths;
        _cancellation = cancellation;
    }

    /// <summary>Returns when all are on the medium. What fails first comes out as it is.</summary>
    public static void Run(IFileSystem files, IReadOnlyList<string> paths, CancellationToken cancellation) => new FileFlush(files, paths, cancellation).Run();

    private void Run()
    {
        var helpers = new List<Thread>();
        var begun = Stopwatch.GetTimestamp();
        while (FlushNext())
        {
            var now = Stopwatch.GetTimestamp();
            if (helpers.Count == 0 && now - begun > Slow) Start(helpers);
            begun = now;
        }

        foreach (var helper in helpers) helper.Join();
        if (_failure is not null) ExceptionDispatchInfo.Capture(_failure).Throw();
    }

    private void Start(List<Thread> helpers)
    {
        for (var left = _paths.Count - Volatile.Read(ref _next) - 1; left > 0 && helpers.Count < Most - 1; left--)
        {
            var helper = new Thread(Help) { IsBackground = true };
            helpers.Add(helper);
            helper.Start();
        }
    }

    private void Help()
    {
        while (FlushNext())
        {
        }
    }

    private bool FlushNext()
    {
        var at = Interlocked.Increment(ref _next);
        if (at >= _paths.Count || Volatile.Read(ref _failure) is not null) return false;
        try
        {
            _cancellation.ThrowIfCancellationRequested();
            _files.Flush(_paths[at]);
            return true;
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            return false;
        }
    }
}
