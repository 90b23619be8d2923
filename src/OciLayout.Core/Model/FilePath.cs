using System;
using System.Text;

namespace OciLayout.Model;

/// <summary>
/// The path of a file. The path of a sha256 blob is stored as directory and hash, because most of these paths are only passed to the system
/// and their text is not needed.
/// </summary>
internal readonly struct FilePath
{
    private const int Capacity = 2048;

    private readonly string _text;
    private readonly DigestValue? _blob;

    private FilePath(string text, DigestValue? blob)
    {
        _text = text;
        _blob = blob;
    }

    /// <summary>Creates the path of a sha256 blob.</summary>
    /// <param name="directory">The directory of the blob, with a separator at the end.</param>
    /// <param name="blob">The hash that is the name of the file.</param>
    public static FilePath OfBlob(string directory, DigestValue blob) => new(directory, blob);

    public static implicit operator FilePath(string path) => new(path, null);

    public static implicit operator string(FilePath path) => path.ToString();

    public override string ToString() => _blob is null ? _text : _text + _blob.ToHex();

    /// <summary>Returns the path in UTF-8, terminated by a zero byte, as the C library expects it.</summary>
    /// <param name="spare">A reusable array. It is used if it is long enough, and allocated if it is null.</param>
    public byte[] ToUtf8(ref byte[]? spare)
    {
        var bytes = spare ??= new byte[Capacity];
        if (Encoding.UTF8.GetMaxByteCount(_text.Length) + Hash256.HexLength >= bytes.Length) bytes = new byte[Encoding.UTF8.GetByteCount(_text) + Hash256.HexLength + 1];
        var length = Encoding.UTF8.GetBytes(_text, 0, _text.Length, bytes, 0);
        if (_blob is not null)
        {
            _blob.Hash.Write(bytes.AsSpan(length));
            length += Hash256.HexLength;
        }

        bytes[length] = 0;
        return bytes;
    }
}
