using System;
using System.Buffers;
using System.IO;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>A directory that is listed, on Linux, as the system tells it: no name becomes text unless somebody asks.</summary>
internal sealed unsafe class LinuxDirectory : IDisposable
{
    private const int Room = 32 * 1024;
    private const int LengthAt = 16; // of struct linux_dirent64, which has the same shape on every processor
    private const int NameAt = 19;

    // An old C library has no such call; then nobody tries again.
    private static volatile bool s_isThere = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && BitConverter.IsLittleEndian;

    private readonly string _path;
    private readonly FileDescriptor _directory;
    private readonly byte[] _entries = ArrayPool<byte>.Shared.Rent(Room);
    private int _end;
    private int _next;
    private int _name;

    private LinuxDirectory(string path)
    {
        _path = path;
        _directory = FileDescriptor.Open(path);
    }

    /// <summary>Opens a directory; null when the framework has to list it.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static LinuxDirectory? TryOpen(string path)
    {
        if (!s_isThere || !Statx.IsSupported) return null;
        var directory = new LinuxDirectory(path);
        try
        {
            directory.Read();
            return directory;
        }
        catch (EntryPointNotFoundException)
        {
            s_isThere = false;
            directory.Dispose();
            return null;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The name of the entry.</summary>
    public FileName Name => FileName.Of(NameBytes);

    private ReadOnlySpan<byte> NameBytes
    {
        get
        {
            var end = _name;
            while (_entries[end] != 0) end++;
            return _entries.AsSpan(_name, end - _name);
        }
    }

    /// <summary>Goes on to the next entry; a directory that vanishes while it is listed has no more, and what is none has none.</summary>
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

    /// <summary>Looks at the entry; null when it is gone.</summary>
    /// <returns>False when the framework has to look.</returns>
    public bool TryLook(out FileFact? fact)
    {
        fixed (byte* name = &_entries[_name]) return Statx.TryLook(_directory, name, Name, out fact);
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
        fixed (byte* start = _entries) read = Libc.List(_directory.Number, start, Room);
        (_next, _end) = (0, Math.Max(0, read));
        if (read < 0 && Marshal.GetLastWin32Error() is not (2 or 20)) _ = Native.Checked(read, _path); // ENOENT, ENOTDIR
        return read > 0;
    }

    private bool IsDots() => _entries[_name] == '.' && (_entries[_name + 1] == 0 || (_entries[_name + 1] == '.' && _entries[_name + 2] == 0));
}
