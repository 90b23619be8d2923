using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>
/// The tar of a layer. The stored bytes are verified against the digest of the layer, and the tar against its <c>diff_id</c>, when it is
/// read to its end. Each read can be canceled.
/// </summary>
internal sealed class LayerStream : ReadOnlyStream
{
    private const int BlockSize = 64 * 1024;

    private readonly Stream _stored;
    private readonly Stream _plain;
    private readonly (DigestAlgorithm Algorithm, IncrementalHash Hash)[] _hashes;
    private readonly ImageLayer _layer;
    private readonly CancellationToken _cancellation;

    // Headers are read in blocks of 512 bytes. Decompression and hashing have a cost for each call.
    private readonly byte[] _block = new byte[BlockSize];
    private int _at;
    private int _end;

    private LayerStream(ImageLayer layer, Stream stored, Stream plain, IEnumerable<DigestAlgorithm> algorithms, CancellationToken cancellationToken)
    {
        _layer = layer;
        _stored = stored;
        _plain = plain;
        _hashes = [.. algorithms.Select(a => (a, a.CreateHash()))];
        _cancellation = cancellationToken;
    }

    /// <summary>Opens a layer.</summary>
    /// <param name="source">The place of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="read">Called with the number of stored bytes after each read; null for none. It may be called on several threads.</param>
    /// <param name="unpacked">Called with the number of bytes of the tar after each read; null for none.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerStream Open(IContentSource source, ImageLayer layer, Action<int>? read, Action<int>? unpacked, CancellationToken cancellationToken)
    {
        var descriptor = layer.Descriptor;
        if (MediaTypes.IsEncrypted(descriptor.MediaType)) throw ImageErrors.Encrypted(descriptor);
        var algorithm = descriptor.Digest.KnownAlgorithm ?? throw ContentErrors.UnsupportedAlgorithm(descriptor.Digest, "read");
        var stored = OpenStored(source, descriptor, cancellationToken);
        Stream verified = new VerifyingStream(stored, descriptor.Digest, algorithm, descriptor.Size);
        if (read is not null) verified = new MeteredStream(verified, read);
        try
        {
            return Read(layer, verified, [layer.DiffId?.KnownAlgorithm ?? DigestAlgorithm.Sha256], unpacked, cancellationToken);
        }
        catch
        {
            verified.Dispose();
            throw;
        }
    }

    /// <summary>Reads a layer from a stream that verifies the stored bytes.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="verified">The stored bytes. The result owns the stream.</param>
    /// <param name="algorithms">The algorithms of the digests that <see cref="Finish"/> returns.</param>
    /// <param name="unpacked">Called with the number of bytes of the tar after each read; null for none.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerStream Read(ImageLayer layer, Stream verified, IEnumerable<DigestAlgorithm> algorithms, Action<int>? unpacked, CancellationToken cancellationToken)
    {
        var plain = LayerCompression.Decompress(verified, layer.Descriptor.Digest);
        return new LayerStream(layer, verified, unpacked is null ? plain : new MeteredStream(plain, unpacked), algorithms, cancellationToken);
    }

    private static Stream OpenStored(IContentSource source, Descriptor layer, CancellationToken cancellationToken)
    {
        try
        {
            return source.OpenAsync(layer, 0, cancellationToken).AsTask().GetAwaiter().GetResult();
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound && layer.IsForeignLayer)
        {
            throw ImageErrors.ForeignLayer(layer, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == _end) (_at, _end) = (0, ReadBlock(_block, 0, _block.Length));
        var taken = Math.Min(count, _end - _at);
        Buffer.BlockCopy(_block, _at, buffer, offset, taken);
        _at += taken;
        return taken;
    }

    private int ReadBlock(byte[] buffer, int offset, int count)
    {
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            var read = _plain.Read(buffer, offset, count);
            foreach (var (_, hash) in _hashes) hash.AppendData(buffer, offset, read);
            return read;
        }
        catch (InvalidDataException e) when (e.Message == GunzipStream.SeveralMembers)
        {
            throw ImageErrors.UnsupportedCompression(_layer.Descriptor.Digest, ImageErrors.GzipMembers);
        }
        catch (InvalidDataException e)
        {
            throw ImageErrors.LayerUnreadable(_layer.Descriptor.Digest, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Reads the rest of the layer and compares its digests. Bytes after the end of the tar or of the compressed data are part of them.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.InvalidManifest"/>: the
    /// configuration does not state the digest of the layer.</exception>
    public void Verify()
    {
        var actual = Finish()[0];
        if (_layer.DiffId is not { } expected) throw ImageErrors.NoDiffId(_layer.Descriptor.Digest);
        if (actual != expected) throw ImageErrors.WrongDiffId(_layer.Descriptor.Digest, expected, actual);
    }

    /// <summary>Reads the rest of the layer and verifies the stored bytes.</summary>
    /// <returns>The digests of the tar, in the order of the algorithms.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>.</exception>
    public IReadOnlyList<Digest> Finish()
    {
        this.Drain(_cancellation);
        _stored.Drain(_cancellation);
        return [.. _hashes.Select(h => Digest.FromHash(h.Hash, h.Algorithm))];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plain.Dispose();
            _stored.Dispose();
            foreach (var (_, hash) in _hashes) hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
