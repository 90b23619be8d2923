using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Unpacks the files of an artifact below a directory, as <c>oras pull</c> does. All of it is written and verified beside its place first, so
/// that a failure leaves nothing.
/// </summary>
public sealed class OciExpansion
{
    private readonly OciStore _store;
    private long _bytes;

    /// <summary>Prepares to unpack artifacts of a store.</summary>
    public OciExpansion(OciStore store) => _store = store ?? throw new ArgumentNullException(nameof(store));

    /// <summary>How many bytes of the store were read so far; another thread may ask.</summary>
    public long BytesRead => Interlocked.Read(ref _bytes);

    /// <summary>Finds out what an artifact has; nothing is written.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a name that leads elsewhere, or stands for two things;
    /// <see cref="OciErrorKind.UnsupportedMediaType"/>: it is an index, or no manifest; and what <see cref="OciStore.GetManifest"/> says.</exception>
    public ExpandPlan Plan(Descriptor artifact, CancellationToken cancellation = default)
    {
        var manifest = _store.GetManifest(artifact, cancellation);
        if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList)
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"{artifact.Digest} is an index. Name one of its members.", artifact.Digest.ToString());
        var items = new Dictionary<string, ExpandItem>(StringComparer.Ordinal);
        var unnamed = 0;
        foreach (var (role, content) in manifest.Successors)
        {
            if (role is DescriptorRole.Subject) continue;
            if (!content.Annotations.TryGetValue(AnnotationKeys.Title, out var title))
            {
                if (role is not DescriptorRole.Config) unnamed++;
                continue;
            }

            SafeName.Split(title, artifact.Digest.ToString());
            if (items.TryGetValue(title, out var other) && other.Descriptor.Digest != content.Digest) throw SafeName.Unsafe(title, artifact.Digest.ToString(), "it stands for two files");
            items[title] = new ExpandItem(title, content);
        }

        return new ExpandPlan(artifact, [.. items.Values], unnamed);
    }

    /// <summary>Writes what a plan names.</summary>
    /// <param name="plan">What <see cref="Plan"/> found.</param>
    /// <param name="destination">The absolute path of a directory; made when missing.</param>
    /// <param name="force">Whether files that are there are replaced.</param>
    /// <param name="cancellation">Stops it; nothing is left then.</param>
    /// <returns>The paths of the files, in the order of their names.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>: a file is there, and none was written;
    /// <see cref="OciErrorKind.UnsafePath"/>, <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.UnsupportedMediaType"/>.</exception>
    public IReadOnlyList<string> Run(ExpandPlan plan, string destination, bool force = false, CancellationToken cancellation = default)
    {
        using var landing = new Landing(destination);
        foreach (var item in plan.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = landing.Place(SafeName.Split(item.Title, plan.Artifact.Digest.ToString()), item.IsDirectory);
            using var content = new MeteredStream(_store.Fetch(item.Descriptor, cancellation), read => Interlocked.Add(ref _bytes, read));
            if (item.IsDirectory) Unpack(item, content, path, cancellation);
            else Write(content, path, cancellation);
        }

        return landing.MoveAll(force, cancellation);
    }

    private static void Write(Stream content, string path, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        Copy(content, file, cancellation);
    }

    private static void Unpack(ExpandItem item, Stream content, string path, CancellationToken cancellation)
    {
        try
        {
            using var plain = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            using var tar = new HashingStream(plain, DigestAlgorithmOf(item));
            Polyfill.UnpackDirectory(tar, item.Title, path, cancellation);
            Copy(tar, Stream.Null, cancellation); // what follows the last entry belongs to the digest
            Check(item, tar.Finish());
        }
        catch (InvalidDataException e)
        {
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"{item.Descriptor.Digest} is to be unpacked to '{item.Title}', but it is no gzip: {e.Message}", item.Title, e);
        }

        Copy(content, Stream.Null, cancellation); // and what follows the gzip to that of the layer
    }

    private static DigestAlgorithm DigestAlgorithmOf(ExpandItem item) =>
        item.Descriptor.Annotations.TryGetValue(AnnotationKeys.ContentDigest, out var text) ? Digest.Parse(text).KnownAlgorithm ?? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha256;

    private static void Check(ExpandItem item, Digest actual)
    {
        if (!item.Descriptor.Annotations.TryGetValue(AnnotationKeys.ContentDigest, out var expected) || expected == actual.ToString()) return;
        throw new OciException(OciErrorKind.DigestMismatch, $"The archive of '{item.Title}' has the digest {actual}; its layer says {Digest.Shorten(expected)}.", item.Title)
        {
            Expected = Digest.Shorten(expected),
            Actual = actual.ToString(),
        };
    }

    private static void Copy(Stream source, Stream target, CancellationToken cancellation)
    {
        var buffer = new byte[128 * 1024];
        for (int read; (read = source.Read(buffer, 0, buffer.Length)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            target.Write(buffer, 0, read);
        }
    }
}
