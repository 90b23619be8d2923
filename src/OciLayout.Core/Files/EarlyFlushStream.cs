using System.IO;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Files;

/// <summary>
/// Flushes a large file while it is written, so that the flush at the end is short. <see cref="Flush"/> waits for the flush in progress and
/// reports its error: the system reports a write error only once, so a later flush of the file would not repeat it.
/// </summary>
internal sealed class EarlyFlushStream : WriteOnlyStream
{
    private const int Part = 32 << 20;

    private readonly Stream _file;
    private readonly IFileFlusher _files;
    private readonly string _path;
    private Task _running = Task.CompletedTask;
    private long _written;

    private EarlyFlushStream(Stream file, IFileFlusher files, string path)
    {
        _file = file;
        _files = files;
        _path = path;
    }

    /// <summary>
    /// Creates the stream; returns null on Windows, where a file cannot be flushed by its path while it is open. The caller disposes the
    /// file.
    /// </summary>
    public static EarlyFlushStream? Over(Stream file, IFileFlusher files, string path) => files.PinsOpenFiles ? null : new EarlyFlushStream(file, files, path);

    public override void Write(byte[] buffer, int offset, int count)
    {
        _file.Write(buffer, offset, count);
        _written += count;
        if (_written < Part || !_running.IsCompleted) return;
        _running.GetAwaiter().GetResult();
        _written = 0;
        _running = Task.Run(() => _files.Flush(_path));
    }

    public override void Flush()
    {
        _file.Flush();
        _running.GetAwaiter().GetResult();
    }
}
