using System;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>An open file of Unix, a third as large as the handle of the framework, which also asks at its end whether the file was locked.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    private FileDescriptor(int file)
        : base((IntPtr)(-1), ownsHandle: true) => SetHandle((IntPtr)file);

    public override bool IsInvalid => handle == (IntPtr)(-1);

    /// <summary>The number; who uses it holds a reference meanwhile.</summary>
    public int Number => (int)handle;

    /// <summary>Opens a file for reading. Nobody waits for the other end of a FIFO.</summary>
    public static FileDescriptor Open(FilePath path) => new(Native.OpenFile(path));

    /// <summary>Makes a file that must not exist, for writing, on Linux; its mode is less the umask.</summary>
    public static FileDescriptor Create(FilePath path, int mode)
    {
        const int createOnly = 0x1 | 0x40 | 0x80 | 0x80000; // O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC
        return new(Native.Checked(Libc.Open(Native.Utf8(path), createOnly, mode), path));
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
