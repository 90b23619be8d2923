using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciLayout.Storage;

/// <summary>
/// A regular file that is read, with the four calls that takes on Linux. The framework's stream asks twice where it is, and is three objects.
/// </summary>
internal sealed class ReadFileStream : Stream
{
    private const int Interrupted = 4; // EINTR

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly long _length;

    private ReadFileStream(SafeFileHandle handle, string path, long length)
    {
        _handle = handle;
        _path = path;
        _length = length;
    }

    /// <summary>Whether it works here: the calls have other shapes elsewhere.</summary>
    public static bool IsSupported => NewFileStream.IsSupported;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>How long it was when it was opened.</summary>
    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>Opens a file. What is no regular one is not found, and nobody waits for it.</summary>
    public static Stream Open(string path)
    {
        var handle = Native.OpenHandle(path);
        if (!Statx.TryLook(handle, out var length))
        {
            handle.Dispose();
            return Native.OpenRead(path);
        }

        if (length >= 0) return new ReadFileStream(handle, path, length);
        handle.Dispose();
        throw Native.NotRegular(path);
    }

    public override unsafe int Read(byte[] buffer, int offset, int count)
    {
        if (count == 0) return 0;
        fixed (byte* start = &buffer[offset])
        {
            for (; ; )
            {
                var read = pread(_handle, start, (IntPtr)Math.Min(count, buffer.Length - offset), Position).ToInt64();
                if (read >= 0)
                {
                    Position += read;
                    return (int)read;
                }

                if (Marshal.GetLastWin32Error() != Interrupted) _ = Native.Checked(-1, _path);
            }
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006, SA1300 // LibraryImport is not in netstandard2.0; the name is libc's
    [DllImport("libc", SetLastError = true)]
    private static extern unsafe IntPtr pread(SafeFileHandle file, byte* bytes, IntPtr count, long offset);
#pragma warning restore SYSLIB1054, CA5392, IDE1006, SA1300
}
