using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>A temporary file that holds a blob between two registries, so that an upload can be repeated without another download.</summary>
internal sealed class SpoolFile(IContentSource source, Descriptor blob) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly string _path = Path.Combine(Path.GetTempPath(), "OciLayout-" + Guid.NewGuid().ToString("N"));
    private FileStream? _file;

    /// <summary>Downloads the blob and verifies it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.SizeMismatch"/>, and the errors of the
    /// registry.</exception>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        var algorithm = blob.Digest.KnownAlgorithm
            ?? throw ContentErrors.UnsupportedAlgorithm(blob.Digest, "verify");
        using var content = await source.OpenAsync(blob, 0, cancellationToken).ConfigureAwait(false);
        using var hash = algorithm.CreateHash();
        _file = Polyfill.CreateTemporary(_path);
        var buffer = new byte[BufferSize];
        var size = 0L;
        for (int read; (read = await content.ReadAsync(buffer, 0, buffer.Length, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if ((size += read) > blob.Size) break;
            hash.AppendData(buffer, 0, read);
            await _file.WriteAsync(buffer, 0, read, cancellationToken).ConfigureAwait(false);
        }

        if (size != blob.Size) throw ContentErrors.WrongPushSize(blob.Digest, blob.Size, size, more: size > blob.Size);

        var actual = Digest.FromHash(hash, algorithm);
        if (actual != blob.Digest) throw ContentErrors.WrongDigest(blob.Digest, actual);
    }

    /// <summary>Opens the content at its start.</summary>
    public Stream Open() => new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize);

    public void Dispose() => _file?.Dispose();
}
