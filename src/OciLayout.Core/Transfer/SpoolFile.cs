using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// A temporary file that holds a blob between two registries. The upload follows the download, and a repeated upload needs no second
/// download. The source is read at its own speed, so its connection does not wait for a slow target.
/// </summary>
internal sealed class SpoolFile(IContentSource source, Descriptor blob)
{
    private const int BufferSize = 128 * 1024;

    private readonly string _path = Path.Combine(Path.GetTempPath(), "OciLayout-" + Guid.NewGuid().ToString("N"));
    private readonly object _sync = new();
    private CancellationTokenSource? _stop;
    private FileStream? _file;
    private Task _filling = Task.CompletedTask;
    private TaskCompletionSource<bool> _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _available;

    /// <summary>The number of bytes that may be sent. The last byte is held back until the content is verified.</summary>
    public long Available => Interlocked.Read(ref _available);

    /// <summary>Starts the download.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        _file = Polyfill.CreateTemporary(_path);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _filling = Task.Run(() => FillAsync(_stop.Token), CancellationToken.None);
        _filling.ContinueWith(_ => Advance(null), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Opens the content at its start.</summary>
    public Stream Open() => new FollowStream(this, new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: Polyfill.CanSendFiles), blob.Size);

    /// <summary>Waits until more than a number of bytes is available.</summary>
    /// <exception cref="OciException">The content of the source is wrong, or the errors of its registry.</exception>
    public async Task WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        while (Available <= bytes)
        {
            Task progress;
            lock (_sync) progress = _progress.Task;
            if (Available > bytes) return;
            if (_filling.IsCompleted)
            {
                await _filling.ConfigureAwait(false); // throws its error
                return;
            }

            await progress.ConfigureAwait(false); // also when the download is cancelled
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends the download and deletes the file.</summary>
    public async Task EndAsync()
    {
        _stop?.Cancel();
        try
        {
            await _filling.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or OciException or IOException or UnauthorizedAccessException)
        {
            // The upload has reported it, or needed no more content.
        }

        _file?.Dispose();
        _stop?.Dispose();
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var algorithm = blob.Digest.KnownAlgorithm ?? throw ContentErrors.UnsupportedAlgorithm(blob.Digest, "verify");
        using var content = await source.OpenAsync(blob, 0, cancellationToken).ConfigureAwait(false);
        using var hash = algorithm.CreateHash();
        var buffer = new byte[BufferSize];
        var size = 0L;
        for (int read; (read = await content.ReadAsync(buffer, 0, buffer.Length, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if ((size += read) > blob.Size) break;
            _file!.Write(buffer, 0, read);
            hash.AppendData(buffer, 0, read);
            Advance(Math.Min(size, blob.Size - 1));
        }

        if (size != blob.Size) throw ContentErrors.WrongPushSize(blob.Digest, blob.Size, size, more: size > blob.Size);
        var actual = Digest.FromHash(hash, algorithm);
        if (actual != blob.Digest) throw ContentErrors.WrongDigest(blob.Digest, actual);
        Advance(blob.Size);
    }

    private void Advance(long? available)
    {
        TaskCompletionSource<bool> progress;
        lock (_sync)
        {
            if (available is { } bytes) Interlocked.Exchange(ref _available, bytes);
            progress = _progress;
            _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        progress.SetResult(true);
    }
}
