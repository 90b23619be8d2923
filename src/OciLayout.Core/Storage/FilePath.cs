using System;
using System.Text;

namespace OciLayout.Storage;

/// <summary>
/// Where a file is. The paths of blobs are kept as the directory and the hash, since most of them go to the system and no text is ever
/// needed; any other is its text.
/// </summary>
internal readonly struct FilePath
{
    private const int Room = 2048;

    private readonly string _text;
    private readonly DigestValue? _blob;

    private FilePath(string text, DigestValue? blob)
    {
        _text = text;
        _blob = blob;
    }

    /// <summary>The path of a blob of sha256.</summary>
    /// <param name="directory">Its directory, with a separator at the end.</param>
    /// <param name="blob">What it is named.</param>
    public static FilePath OfBlob(string directory, DigestValue blob) => new(directory, blob);

    public static implicit operator FilePath(string path) => new(path, null);

    public static implicit operator string(FilePath path) => path.ToString();

    public override string ToString() => _blob is null ? _text : _text + _blob.ToHex();

    /// <summary>The path as the C library takes it, with a zero behind it.</summary>
    /// <param name="spare">An array that is used when it is long enough, and made when it is null.</param>
    public byte[] ToUtf8(ref byte[]? spare)
    {
        var bytes = spare ??= new byte[Room];
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
