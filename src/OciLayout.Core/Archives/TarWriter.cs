using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using OciLayout.Common;

namespace OciLayout.Archives;

/// <summary>
/// Writes a tar archive as a stream. Without attributes, owners and times are zero, so the bytes depend on names, modes and content only. A
/// pax header holds the values that do not fit into a plain ustar header.
/// </summary>
internal sealed class TarWriter
{
    public const int FileMode = 0x1A4; // 0644

    public const int DirectoryMode = 0x1ED; // 0755

    private const int LinkMode = 0x1FF; // 0777

    private readonly Stream _target;
    private readonly byte[] _buffer = new byte[StreamExtensions.BufferSize];

    public TarWriter(Stream target) => _target = target;

    public void AddDirectory(string name, int mode = DirectoryMode) => WriteHeader(name + "/", '5', mode, 0);

    public void AddSymbolicLink(string name, string target) => WriteHeader(name, '2', LinkMode, 0, target);

    public void AddFile(string name, byte[] content)
    {
        WriteHeader(name, '0', FileMode, content.Length);
        Write(content);
        Pad(content.Length);
    }

    /// <summary>Adds a file from a stream.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mode">The permission bits.</param>
    /// <param name="length">The number of bytes to read from the stream.</param>
    /// <param name="content">The content.</param>
    /// <param name="written">Called with the number of bytes after each block that is written.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <exception cref="EndOfStreamException">The stream has fewer bytes.</exception>
    public void AddFile(string name, int mode, long length, Stream content, Action<int>? written, CancellationToken cancellationToken)
    {
        WriteHeader(name, '0', mode, length);
        Copy(name, length, content, written, cancellationToken);
    }

    private void Copy(string name, long length, Stream content, Action<int>? written, CancellationToken cancellationToken)
    {
        for (long done = 0; done < length;)
        {
            // Always fill the buffer: the result of compression must not depend on the size of the reads.
            var wanted = (int)Math.Min(_buffer.Length, length - done);
            var count = content.Fill(_buffer, 0, wanted, cancellationToken);
            if (count < wanted) throw new EndOfStreamException($"'{name}' ended after {done + count} of {length} bytes.");
            _target.Write(_buffer, 0, count);
            written?.Invoke(count);
            done += count;
        }

        Pad(length);
    }

    /// <summary>Adds an entry of any type with its attributes.</summary>
    /// <param name="name">The name. The name of a directory ends with a slash.</param>
    /// <param name="type">The type in the header.</param>
    /// <param name="attributes">The mode, the owner and the time. Fractions of a second are left out.</param>
    /// <param name="link">The target of a link; empty for other types.</param>
    /// <param name="device">The numbers of a device.</param>
    /// <param name="length">The number of bytes to read from the stream.</param>
    /// <param name="content">The content of a file; null for other types.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public void Add(string name, char type, TarAttributes attributes, string link, (long Major, long Minor) device, long length, Stream? content, CancellationToken cancellationToken)
    {
        WriteHeader(name, type, attributes.Mode ?? 0, length, link, attributes, device);
        if (content is null) return;
        Copy(name, length, content, null, cancellationToken);
    }

    /// <summary>Writes the end of the archive: two blocks of zeros.</summary>
    public void Finish() => Write(new byte[2 * TarHeader.Size]);

    private void WriteHeader(string name, char type, int mode, long length, string link = "", TarAttributes attributes = default, (long Major, long Minor) device = default)
    {
        var pax = new MemoryStream();
        if (!Fits(name)) Append(pax, "path", name);
        if (!Fits(link)) Append(pax, "linkpath", link);
        if (length > TarHeader.LongestLength) Append(pax, "size", length.ToString(CultureInfo.InvariantCulture));
        if (attributes.UserId is > TarHeader.LargestOwner and var user) Append(pax, "uid", user.ToString(CultureInfo.InvariantCulture));
        if (attributes.GroupId is > TarHeader.LargestOwner and var group) Append(pax, "gid", group.ToString(CultureInfo.InvariantCulture));
        if (attributes.Modified?.ToUnixTimeSeconds() is { } time && (time < 0 || time > TarHeader.LongestLength)) Append(pax, "mtime", time.ToString(CultureInfo.InvariantCulture));
        if (pax.Length > 0)
        {
            Write(TarHeader.Make("PaxHeader", 'x', FileMode, pax.Length));
            Write(pax.ToArray());
            Pad(pax.Length);
        }

        Write(TarHeader.Make(name, type, mode, length > TarHeader.LongestLength ? 0 : length, link, attributes, device));
    }

    private static bool Fits(string text) => text.Length <= TarHeader.LongestName && Encoding.UTF8.GetByteCount(text) == text.Length;

    private static void Append(MemoryStream pax, string key, string value)
    {
        var record = PaxRecords.Write(key, value);
        pax.Write(record, 0, record.Length);
    }

    private void Write(byte[] bytes) => _target.Write(bytes, 0, bytes.Length);

    private void Pad(long length)
    {
        var over = (int)(length % TarHeader.Size);
        if (over > 0) _target.Write(new byte[TarHeader.Size - over], 0, TarHeader.Size - over);
    }
}
