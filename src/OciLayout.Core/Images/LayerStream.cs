using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
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
    private readonly Stream _stored;
    private readonly Stream _plain;
    private readonly IncrementalHash _hash;
    private readonly DigestAlgorithm _algorithm;
    private readonly ImageLayer _layer;
    private readonly CancellationToken _cancellation;

    private LayerStream(ImageLayer layer, Stream stored, Stream plain, CancellationToken cancellationToken)
    {
        _layer = layer;
        _stored = stored;
        _plain = plain;
        _algorithm = layer.DiffId?.KnownAlgorithm ?? DigestAlgorithm.Sha256;
        _hash = _algorithm.CreateHash();
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
        if (descriptor.MediaType.EndsWith("+encrypted", StringComparison.Ordinal)) throw ImageErrors.Encrypted(descriptor);
        var algorithm = descriptor.Digest.KnownAlgorithm ?? throw ContentErrors.UnsupportedAlgorithm(descriptor.Digest, "read");
        var stored = OpenStored(source, descriptor, cancellationToken);
        Stream verified = new VerifyingStream(stored, descriptor.Digest, algorithm, descriptor.Size);
        if (read is not null) verified = new MeteredStream(verified, read);
        try
        {
            var plain = LayerCompression.Decompress(verified, descriptor.Digest);
            return new LayerStream(layer, verified, unpacked is null ? plain : new MeteredStream(plain, unpacked), cancellationToken);
        }
        catch
        {
            verified.Dispose();
            throw;
        }
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
        try
        {
            var read = _plain.Read(buffer, offset, count);
            _hash.AppendData(buffer, offset, read);
            return read;
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
        this.Drain(_cancellation);
        _stored.Drain(_cancellation);
        var actual = Digest.FromHash(_hash, _algorithm);
        if (_layer.DiffId is not { } expected) throw ImageErrors.NoDiffId(_layer.Descriptor.Digest);
        if (actual != expected) throw ImageErrors.WrongDiffId(_layer.Descriptor.Digest, expected, actual);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plain.Dispose();
            _stored.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
