#if !NETSTANDARD2_0
using System;
using System.Buffers;
using System.IO;

namespace OciLayout.Common;

/// <summary>
/// A part of a file in the form of memory, because a body can only be sent as memory. <see cref="PlainConnection"/> sends the part with the
/// operating system. Any other receiver reads the memory, which then contains the bytes of the file.
/// </summary>
internal sealed class FileMemory(FileRange range) : MemoryManager<byte>
{
    private byte[]? _bytes;

    /// <summary>The part of the file.</summary>
    public FileRange Range => range;

    /// <summary>Returns the bytes. Reads them from the file when it is called first.</summary>
    public override Span<byte> GetSpan()
    {
        if (_bytes is null)
        {
            var bytes = new byte[range.Count];
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(range.File.SafeFileHandle, bytes.AsSpan(done), range.Offset + done);
                if (read == 0) throw PlainConnection.Shortened(range);
                done += read;
            }

            _bytes = bytes;
        }

        return _bytes;
    }

    /// <summary>Returns memory of the length of the part. Nothing is read.</summary>
    public override Memory<byte> Memory => CreateMemory(range.Count);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        _ = GetSpan();
        return _bytes.AsMemory(elementIndex).Pin();
    }

    public override void Unpin()
    {
        // The handle that Pin returns belongs to the array.
    }

    protected override void Dispose(bool disposing)
    {
    }
}
#endif
