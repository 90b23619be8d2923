using System;
using System.Buffers;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Blobs;

/// <summary>Copies a stream to a staging file in <c>ingest/</c> and verifies its digest and size while copying.</summary>
internal sealed class Staging
{
    private const int ManifestBuffer = 16 * 1024;

    private readonly IFileSystem _files;
    private readonly bool _flush;

    /// <param name="files">The file system of the store.</param>
    /// <param name="flush">Whether staged content will be flushed.</param>
    public Staging(IFileSystem files, bool flush)
    {
        _files = files;
        _flush = flush;
    }

    /// <summary>Stages content. After an exception, nothing of it is kept.</summary>
    public StagedBlob Stage(Session session, PushRequest request, Stream content, long manifestLimit, object? userState, CancellationToken cancellationToken)
    {
        request.Check();
        return request.AsManifest || MediaTypes.IsManifest(request.MediaType)
            ? StageManifest(session, request, content, manifestLimit, userState, cancellationToken)
            : StageBlob(session, request, content, userState, cancellationToken);
    }

    /// <summary>
    /// Stages a blob by sharing the bytes of a file. Returns null if they cannot be shared. A clone is read and verified, because it is an
    /// independent file. A hard link is not verified, because it is the same file. After an exception, nothing is kept.
    /// </summary>
    public StagedBlob? StageShared(Session session, PushRequest request, string file, FileSharing sharing, Action<long> read, CancellationToken cancellationToken)
    {
        var (digest, size) = (request.Digest!.Value, request.Size!.Value);
        var path = session.NewFile(".upload");
        if (!_files.TryShare(file, path, sharing)) return null;
        try
        {
            if (_files.Stat(path)?.Length is var length && length != size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, length ?? 0, more: false);
            if (sharing == FileSharing.HardLink) read(size);
            else Verify(path, digest, request.StorableAlgorithm, size, read, cancellationToken);
            return new StagedBlob(path, request.Describe(request.MediaType ?? MediaTypes.OctetStream, digest, size), null) { IsUnverified = sharing == FileSharing.HardLink };
        }
        catch
        {
            Discard(path);
            throw;
        }
    }

    private void Verify(string path, Digest digest, DigestAlgorithm algorithm, long size, Action<long> read, CancellationToken cancellationToken)
    {
        using var content = new VerifyingStream(_files.OpenRead(path), digest, algorithm, size);
        content.Drain(cancellationToken, count => read(count));
    }

    /// <summary>Parses a manifest whose bytes match the request.</summary>
    public static (Descriptor Descriptor, ManifestNode Node) Parse(PushRequest request, byte[] bytes, Digest digest)
    {
        var name = digest.ToString();
        var mediaType = request.MediaType ?? Manifest.Sniff(bytes) ?? throw ContentErrors.NotAManifest(bytes);
        var kind = MediaTypes.KindOfManifest(mediaType);
        var node = ManifestNode.Parse(bytes, kind, name);
        if (!request.IsCarried) ManifestRules.Require(bytes, kind, name);
        var descriptor = request.Describe(mediaType, digest, bytes.Length);
        if (request.Descriptor is null && descriptor.ArtifactType is null && !string.IsNullOrEmpty(node.ArtifactType))
        {
            descriptor = new Descriptor(mediaType, digest, bytes.Length)
            {
                Annotations = descriptor.Annotations,
                Platform = descriptor.Platform,
                ArtifactType = node.ArtifactType,
            };
        }

        return (descriptor, node);
    }

    private StagedBlob StageManifest(Session session, PushRequest request, Stream content, long limit, object? userState, CancellationToken cancellationToken)
    {
        if (request.Size > limit) throw ContentErrors.ManifestTooLarge(request.Digest, request.Size, limit);
        var bytes = ReadManifest(request, content, limit, cancellationToken);
        var digest = Digest.Compute(bytes, request.StorableAlgorithm);
        Check(request, digest, bytes.Length);
        var (descriptor, node) = Parse(request, bytes, digest);
        return Write(session, FilePurpose.Plain, (path, file) =>
        {
            file.Write(bytes, 0, bytes.Length);
            return new StagedBlob(path, descriptor, node) { UserState = userState };
        });
    }

    // Nearly all manifests fit into the first buffer. Otherwise the buffer is doubled, up to the limit.
    private static byte[] ReadManifest(PushRequest request, Stream content, long limit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ManifestBuffer);
        try
        {
            for (var count = 0; ;)
            {
                count += content.Fill(buffer, count, buffer.Length - count, cancellationToken);
                if (count > request.Size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, count, more: true);
                if (count > limit) throw ContentErrors.ManifestTooLarge(request.Digest, content.CanSeek ? content.Length : null, limit);
                if (count < buffer.Length) return buffer.AsSpan(0, count).ToArray();
                var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * buffer.Length, int.MaxValue));
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private StagedBlob StageBlob(Session session, PushRequest request, Stream content, object? userState, CancellationToken cancellationToken) =>
        Write(session, FilePurpose.ReadOnly, (path, file) =>
        {
            var (digest, size) = Copy(request, content, file, path, cancellationToken);
            Check(request, digest, size);
            return new StagedBlob(path, request.Describe(request.MediaType ?? MediaTypes.OctetStream, digest, size), null) { UserState = userState };
        });

    private StagedBlob Write(Session session, FilePurpose purpose, Func<string, Stream, StagedBlob> write)
    {
        var path = session.NewFile(".upload");
        Stream? file = null;
        try
        {
            file = session.CreateUpload(path, purpose);
            var staged = write(path, file);
            file.Dispose();
            return staged;
        }
        catch (OperationCanceledException) when (file is not null && !_files.PinsOpenFiles)
        {
            // Delete the name now, and close the file in the background, because freeing the blocks of a large file takes long.
            Discard(path);
            ThreadPool.QueueUserWorkItem(_ => Close(file));
            throw;
        }
        catch
        {
            file?.Dispose();
            Discard(path);
            throw;
        }
    }

    private static void Close(Stream file)
    {
        try
        {
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is already deleted, so an error does not matter.
        }
    }

    /// <summary>Deletes an upload.</summary>
    public void Discard(string? path)
    {
        if (path is null) return;
        try
        {
            _files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // Report the first error. Garbage collection deletes the file after this process has ended.
        }
    }

    private (Digest Digest, long Size) Copy(PushRequest request, Stream content, Stream file, string path, CancellationToken cancellationToken)
    {
        var algorithm = request.StorableAlgorithm;
        var first = ArrayPool<byte>.Shared.Rent(StreamExtensions.BufferSize);
        try
        {
            var count = content.Fill(first, 0, StreamExtensions.BufferSize, cancellationToken);
            if (count > request.Size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, count, more: true);
            Append(file, first, count, path);
            if (count < StreamExtensions.BufferSize) return (Digest.Compute(first.AsSpan(0, count), algorithm), count);
            if (_flush) file = EarlyFlushStream.Over(file, _files, path) ?? file;
            if (request.IsOneOfMany) return CopyInTurn(request, content, file, path, first, count, cancellationToken);

            long size = count;
            using var hash = new OverlappedHash(algorithm, first, count);
            while (true)
            {
                var buffer = hash.Rent(cancellationToken);
                var read = content.Read(buffer, 0, buffer.Length);
                if (read == 0) break;
                cancellationToken.ThrowIfCancellationRequested();
                size += read;
                if (size > request.Size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, size, more: true);
                Append(file, buffer, read, path);
                hash.Add(buffer, read);
            }

            file.Flush();
            return (hash.Finish(), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
        }
    }

    // Hashes and writes on the same thread, while the bytes are in the cache. Other content keeps the other cores busy, so a second thread
    // would only add cost.
    private static (Digest Digest, long Size) CopyInTurn(PushRequest request, Stream content, Stream file, string path, byte[] buffer, int count, CancellationToken cancellationToken)
    {
        using var hash = request.StorableAlgorithm.CreateHash();
        long size = count;
        hash.AppendData(buffer, 0, count);
        for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0; Append(file, buffer, read, path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            size += read;
            if (size > request.Size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, size, more: true);
            hash.AppendData(buffer, 0, read);
        }

        file.Flush();
        return (Digest.FromHash(hash, request.StorableAlgorithm), size);
    }

    // .NET throws ArgumentOutOfRangeException for EFBIG, for example above 4 GiB on FAT.
    private static void Append(Stream file, byte[] buffer, int count, string path)
    {
        try
        {
            file.Write(buffer, 0, count);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException($"The file system does not take a file as large as this content : '{path}'", e);
        }
    }

    private static void Check(PushRequest request, Digest digest, long size)
    {
        if (request.Size is { } expected && expected != size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, size, more: false);
        if (request.Digest is { } wanted && wanted != digest) throw ContentErrors.WrongDigest(wanted, digest);
    }
}
