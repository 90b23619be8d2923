using System;
using System.Buffers;
using System.IO;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Lists a directory on Linux with getdents64. Names are converted to text only on demand.</summary>
internal sealed unsafe class LinuxDirectory : IDisposable
{
    private const int BufferSize = 32 * 1024;
    private const int LengthAt = 16; // of struct linux_dirent64, which is the same on all processors
    private const int TypeAt = 18;
    private const int NameAt = 19;

    // Set to false if the C library is too old to have getdents64.
    private static volatile bool s_isSupported = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && BitConverter.IsLittleEndian;

    private readonly string _path;
    private readonly PosixFile _directory;
    private readonly byte[] _entries = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _end;
    private int _next;
    private int _name;

    private LinuxDirectory(string path)
    {
        _path = path;
        _directory = PosixFile.Open(path);
    }

    /// <summary>Opens a directory; returns null if .NET must list it instead.</summary>
    /// <exception cref="FileNotFoundException">The directory does not exist.</exception>
    public static LinuxDirectory? TryOpen(string path)
    {
        if (!s_isSupported || !Statx.IsSupported) return null;
        var directory = new LinuxDirectory(path);
        try
        {
            directory.Read();
            return directory;
        }
        catch (EntryPointNotFoundException)
        {
            s_isSupported = false;
            directory.Dispose();
            return null;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The name of the current entry.</summary>
    public FileName Name => FileName.Of(NameBytes);

    /// <summary>Whether the current entry is a directory, and not a link; null if the file system does not tell it in a listing.</summary>
    public bool? IsDirectory => _entries[_name - NameAt + TypeAt] switch
    {
        0 => null, // DT_UNKNOWN
        4 => true, // DT_DIR
        _ => false,
    };

    private ReadOnlySpan<byte> NameBytes
    {
        get
        {
            var end = _name;
            while (_entries[end] != 0) end++;
            return _entries.AsSpan(_name, end - _name);
        }
    }

    /// <summary>
    /// Moves to the next entry. Returns false at the end, if the directory was deleted while it is listed, or if the path is not a
    /// directory.
    /// </summary>
    public bool MoveNext()
    {
        do
        {
            if (_next == _end && !Read()) return false;
            _name = _next + NameAt;
            _next += BitConverter.ToUInt16(_entries, _next + LengthAt);
        }
        while (IsDots());
        return true;
    }

    /// <summary>Gets the properties of the current entry; null if it does not exist any more.</summary>
    /// <returns>False if .NET must get them instead.</returns>
    public bool TryStat(out FileStatus? status)
    {
        fixed (byte* name = &_entries[_name]) return Statx.TryStat(_directory, name, Name, out status);
    }

    public void Dispose()
    {
        if (_directory.IsClosed) return;
        _directory.Dispose();
        ArrayPool<byte>.Shared.Return(_entries);
    }

    private bool Read()
    {
        int read;
        fixed (byte* start = _entries) read = Libc.Getdents64(_directory.Number, start, BufferSize);
        (_next, _end) = (0, Math.Max(0, read));
        if (read < 0 && Marshal.GetLastWin32Error() is not (Errno.ENOENT or Errno.ENOTDIR)) _ = SystemError.Checked(read, _path);
        return read > 0;
    }

    private bool IsDots() => _entries[_name] == '.' && (_entries[_name + 1] == 0 || (_entries[_name + 1] == '.' && _entries[_name + 2] == 0));
}
