using System.IO;
using System.Threading.Tasks;

namespace OciLayout.Storage;

/// <summary>
/// Flushes a large file while it is being written, so that little is left to wait for at its end. <see cref="Flush"/> waits for what is under
/// way, and tells what went wrong with it: the system tells that once, and would not repeat it to whoever flushes the file again.
/// </summary>
internal sealed class EarlyFlushStream : WriteOnlyStream
{
    private const int Part = 32 << 20;

    private readonly Stream _file;
    private readonly IFileSystem _files;
    private readonly string _path;
    private Task _running = Task.CompletedTask;
    private long _written;

    private EarlyFlushStream(Stream file, IFileSystem files, string path)
    {
        _file = file;
        _files = files;
        _path = path;
    }

    /// <summary>Null where nobody else can flush a file while it is open, as on Windows. The file stays the caller's to dispose of.</summary>
    public static EarlyFlushStream? Over(Stream file, IFileSystem files, string path) => files.PinsOpenFiles ? null : new EarlyFlushStream(file, files, path);

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
