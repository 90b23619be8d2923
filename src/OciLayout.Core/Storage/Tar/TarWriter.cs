using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace OciLayout.Storage.Tar;

/// <summary>
/// Writes an archive straight through. Owners, modes and times are the same for all entries, so the same content gives the same bytes.
/// </summary>
internal sealed class TarWriter
{
    private const int BufferSize = 128 * 1024;

    private readonly Stream _target;
    private readonly byte[] _buffer = new byte[BufferSize];

    public TarWriter(Stream target) => _target = target;

    public void AddDirectory(string name) => _target.Write(TarHeader.Make(name + "/", '5', 0), 0, TarHeader.Size);

    public void AddFile(string name, byte[] content)
    {
        WriteHeader(name, content.Length);
        _target.Write(content, 0, content.Length);
        Pad(content.Length);
    }

    /// <summary>Adds a file whose length is known; its content has to be as long.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="written">Told how many bytes more were written.</param>
    /// <param name="cancellation">Stops it.</param>
    public void AddFile(string name, long length, Stream content, Action<int> written, CancellationToken cancellation)
    {
        WriteHeader(name, length);
        long done = 0;
        while (done < length)
        {
            // Whole buffers whatever the source gives at once: compression must not depend on that.
            var count = 0;
            for (int read; count < BufferSize && (read = content.Read(_buffer, count, BufferSize - count)) > 0; count += read) cancellation.ThrowIfCancellationRequested();
            done += count;
            if (count == 0 || done > length) throw new InvalidDataException($"'{name}' has another length than the {length} bytes it was announced with");
            _target.Write(_buffer, 0, count);
            written(count);
        }

        Pad(length);
    }

    /// <summary>The mark of the end: two blocks of zeros.</summary>
    public void Finish() => _target.Write(new byte[2 * TarHeader.Size], 0, 2 * TarHeader.Size);

    private void WriteHeader(string name, long length)
    {
        var pax = new MemoryStream();
        if (Encoding.UTF8.GetByteCount(name) > 100) Append(pax, PaxRecords.Write("path", name));
        if (length > TarHeader.LongestLength) Append(pax, PaxRecords.Write("size", length.ToString(CultureInfo.InvariantCulture)));
        if (pax.Length > 0)
        {
            Append(_target, TarHeader.Make("pax", 'x', pax.Length));
            Append(_target, pax.ToArray());
            Pad(pax.Length);
        }

        Append(_target, TarHeader.Make(name.Length > 100 ? name.Substring(0, 100) : name, '0', length > TarHeader.LongestLength ? 0 : length));
    }

    private static void Append(Stream target, byte[] bytes) => target.Write(bytes, 0, bytes.Length);

    private void Pad(long length)
    {
        var over = (int)(length % TarHeader.Size);
        if (over > 0) _target.Write(new byte[TarHeader.Size - over], 0, TarHeader.Size - over);
    }
}
