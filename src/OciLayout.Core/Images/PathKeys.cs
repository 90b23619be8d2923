using System;
using System.Security.Cryptography;
using System.Text;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// Short keys of the paths of one image. An image can have a million paths, whose texts do not fit into the memory limit. The keys depend on a secret random
/// value, so an image cannot be made in which two paths have one key.
/// </summary>
internal sealed class PathKeys
{
    /// <summary>The largest number of paths of an image, with the directories above its files. The marks of a path take about 30 bytes of memory.</summary>
    public const int MostPaths = 5_000_000;

    private readonly byte[] _buffer;

    /// <param name="image">The image, for messages.</param>
    /// <param name="limit">The largest number of paths.</param>
    public PathKeys(Digest image, long limit = MostPaths)
    {
        Image = image;
        Limit = limit;
        _buffer = new byte[16 + (4 * 4096) + 16];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(_buffer, 0, 16);
    }

    private PathKeys(PathKeys other) => (Image, Limit, _buffer) = (other.Image, other.Limit, (byte[])other._buffer.Clone());

    /// <summary>The image.</summary>
    public Digest Image { get; }

    /// <summary>The largest number of paths.</summary>
    public long Limit { get; }

    /// <summary>Returns an object that gives the same keys, for another thread.</summary>
    public PathKeys Clone() => new(this);

    /// <summary>Returns the key of the first characters of a path.</summary>
    public ulong Of(string path, int length)
    {
        Span<byte> hash = stackalloc byte[32];
        var count = Encoding.UTF8.GetBytes(path, 0, length, _buffer, 16);
        DigestAlgorithm.Sha256.Hash(_buffer.AsSpan(0, 16 + count), hash);
        return System.Runtime.InteropServices.MemoryMarshal.Read<ulong>(hash);
    }

    public ulong Of(string path) => Of(path, path.Length);
}
