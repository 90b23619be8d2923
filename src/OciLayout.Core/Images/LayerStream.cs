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
/// read to its end. Another thread decompresses and hashes. Each read can be canceled.
/// </summary>
internal sealed class LayerStream : ReadOnlyStream
{
    private readonly Stream _stored;
    private readonly Stream _plain;
    private readonly (DigestAlgorithm Algorithm, IncrementalHash Hash)[] _hashes;
    private readonly ImageLayer _layer;
    private readonly Action<int>? _unpacked;
    private readonly CancellationToken _cancellation;
    private readonly ProducedStream _tar;

    private LayerStream(ImageLayer layer, Stream stored, Stream plain, IEnumerable<DigestAlgorithm> algorithms, Action<int>? unpacked, CancellationToken cancellationToken)
    {
        _layer = layer;
        _stored = stored;
        _plain = plain;
        _hashes = [.. algorithms.Select(a => (a, a.CreateHash()))];
        _unpacked = unpacked;
        _cancellation = cancellationToken;
        _tar = new ProducedStream(Decompress, cancellationToken);
    }

    /// <summary>Opens a layer.</summary>
    /// <param name="source">The place of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="reading">How the layer is read.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerStream Open(IContentSource source, ImageLayer layer, LayerReading reading, CancellationToken cancellationToken)
    {
        var descriptor = layer.Descriptor;
        if (MediaTypes.IsEncrypted(descriptor.MediaType)) throw ImageErrors.Encrypted(descriptor);
        var algorithm = descriptor.Digest.KnownAlgorithm ?? throw ContentErrors.UnsupportedAlgorithm(descriptor.Digest, "read");
        var stored = OpenStored(source, descriptor, cancellationToken);
        Stream verified = new VerifyingStream(stored, descriptor.Digest, algorithm, descriptor.Size);
        if (reading.Read is not null) verified = new MeteredStream(verified, reading.Read);
        try
        {
            return Read(layer, verified, reading.IsTarVerified ? [layer.DiffId?.KnownAlgorithm ?? DigestAlgorithm.Sha256] : [], reading, cancellationToken);
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
    /// <param name="reading">How the layer is read.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public static LayerStream Read(ImageLayer layer, Stream verified, IEnumerable<DigestAlgorithm> algorithms, LayerReading reading, CancellationToken cancellationToken)
    {
        var plain = LayerCompression.Decompress(verified, layer.Descriptor.Digest);
        return new LayerStream(layer, verified, plain, algorithms, reading.Unpacked, cancellationToken);
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
        _cancellation.ThrowIfCancellationRequested();
        return _tar.Read(buffer, offset, count);
    }

    public override int Skip(int count)
    {
        _cancellation.ThrowIfCancellationRequested();
        return _tar.Skip(count);
    }

    private void Decompress(Stream target, CancellationToken cancellationToken)
    {
        try
        {
            _plain.CopyTo(new Tap(this, target, cancellationToken), StreamExtensions.BufferSize);
        }
        catch (InvalidDataException e) when (e.Message == GunzipStream.SeveralMembers)
        {
            throw ImageErrors.UnsupportedCompression(_layer.Descriptor.Digest, ImageErrors.GzipMembers);
        }
        catch (InvalidDataException e) when (e.Message is ImageErrors.ZstdWindow or ImageErrors.ZstdDictionary)
        {
            throw ImageErrors.UnsupportedZstd(_layer.Descriptor.Digest, e.Message, e);
        }
        catch (InvalidDataException e)
        {
            throw ImageErrors.LayerUnreadable(_layer.Descriptor.Digest, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>
    /// Reads the rest of the layer, and compares the digests of the stored bytes and of the tar. Bytes after the end of the tar or of the
    /// compressed data are part of them.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.InvalidManifest"/>: the
    /// configuration does not state the digest of the layer.</exception>
    public void Verify()
    {
        var tar = Finish();
        if (tar.Count == 0) return;
        if (_layer.DiffId is not { } expected) throw ImageErrors.NoDiffId(_layer.Descriptor.Digest);
        if (tar[0] != expected) throw ImageErrors.WrongDiffId(_layer.Descriptor.Digest, expected, tar[0]);
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
            _tar.Dispose(); // waits for the thread that reads
            _plain.Dispose();
            _stored.Dispose();
            foreach (var (_, hash) in _hashes) hash.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Hashes and counts the bytes of the tar on their way to the thread that reads it.</summary>
    private sealed class Tap(LayerStream owner, Stream target, CancellationToken cancellationToken) : WriteOnlyStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            owner._unpacked?.Invoke(count);
            foreach (var (_, hash) in owner._hashes) hash.AppendData(buffer, offset, count);
            target.Write(buffer, offset, count);
        }

        public override void Flush()
        {
        }
    }
}
