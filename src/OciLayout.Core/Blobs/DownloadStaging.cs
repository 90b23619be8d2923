using System;
using System.Buffers;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Blobs;

/// <summary>
/// Stages a blob that comes from a network, and keeps the received bytes when it fails. The next download hashes them and continues after
/// them.
/// </summary>
/// <param name="files">The file system of the store.</param>
/// <param name="flush">Whether staged content will be flushed.</param>
internal sealed class DownloadStaging(IFileSystem files, bool flush)
{
    // Each read waits for the network on another thread, so larger blocks need fewer changes of threads.
    private const int BufferSize = 4 * StreamExtensions.BufferSize;

    /// <summary>Stages the blob.</summary>
    /// <param name="session">The session, which names the file if several files are joined.</param>
    /// <param name="request">The blob, with digest and size.</param>
    /// <param name="partial">Its partial content. The caller keeps its lock until the blob is published.</param>
    /// <param name="open">Opens the content at an offset, in bytes.</param>
    /// <param name="received">Called with the number of bytes after each block, including bytes that were present.</param>
    /// <param name="userState">The state of the caller.</param>
    /// <param name="cancellationToken">The token that cancels the download.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.DigestMismatch"/>: after the blob was
    /// downloaded completely once more. Nothing is kept then.</exception>
    public StagedBlob Stage(
        Session session, PushRequest request, PartialBlob partial, Func<long, Stream> open, Action<long> received, object? userState, CancellationToken cancellationToken)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                Receive(request, partial, open, received, cancellationToken);
                break;
            }
            catch (OciException e) when (e.Kind is OciErrorKind.SizeMismatch or OciErrorKind.DigestMismatch)
            {
                partial.Clear();
                if (isSecond) throw;
            }
        }

        var path = partial.Parts.Count == 1 ? partial.Parts[0] : Join(session, partial, cancellationToken);
        return new StagedBlob(path, request.Describe(request.MediaType ?? MediaTypes.OctetStream, request.Digest!.Value, request.Size!.Value), null) { UserState = userState, Partial = partial };
    }

    private void Receive(PushRequest request, PartialBlob partial, Func<long, Stream> open, Action<long> received, CancellationToken cancellationToken)
    {
        var (digest, size) = (request.Digest!.Value, request.Size!.Value);
        using var hash = request.StorableAlgorithm.CreateHash();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var count = 0L;
            foreach (var part in partial.Parts)
            {
                using var present = files.OpenRead(part);
                count = Copy(request, present, null, hash, buffer, count, received, cancellationToken);
            }

            if (count < size || partial.Parts.Count == 0)
            {
                using var content = open(count);
                using var file = partial.Add(out var path);
                var target = flush ? EarlyFlushStream.Over(file, files, path) ?? file : file;
                count = Copy(request, content, target, hash, buffer, count, received, cancellationToken);
                target.Flush();
            }

            if (count != size) throw ContentErrors.WrongPushSize(digest, size, count, more: false);
            var actual = Digest.FromHash(hash, request.StorableAlgorithm);
            if (actual != digest) throw ContentErrors.WrongDigest(digest, actual);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long Copy(
        PushRequest request, Stream content, Stream? file, IncrementalHash hash, byte[] buffer, long count, Action<long> received, CancellationToken cancellationToken)
    {
        for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count += read;
            if (count > request.Size) throw ContentErrors.WrongPushSize(request.Digest, request.Size, count, more: true);
            file?.Write(buffer, 0, read);
            hash.AppendData(buffer, 0, read);
            received(read);
        }

        return count;
    }

    // The parts remain until the joined file is published, so that a process that is killed here loses none.
    private string Join(Session session, PartialBlob partial, CancellationToken cancellationToken)
    {
        var path = session.NewFile(".upload");
        using var file = files.Create(path, FilePurpose.ReadOnly);
        try
        {
            foreach (var part in partial.Parts)
            {
                using var content = files.OpenRead(part);
                content.CopyTo(file, cancellationToken, null);
            }
        }
        catch
        {
            file.Dispose();
            files.Delete(path);
            throw;
        }

        return path;
    }
}
