using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Artifacts;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// Unpacks the files of an artifact into a directory, as <c>oras pull</c> does. It writes and verifies all files in a private directory
/// first and moves them then. After an error or a cancellation, the directory is as it was before.
/// </summary>
public sealed class OciExpansion
{
    /// <summary>The growth that is always allowed: 64 MiB.</summary>
    private const long AlwaysAllowed = 64L << 20;

    /// <summary>The largest growth without an explicit limit, as a factor. Common files do not grow by more than about ten.</summary>
    private const int LargestGrowth = 250;

    private readonly OciPlace _place;
    private readonly ExpandOptions _options;
    private readonly Func<string, IFolder> _open;

    /// <summary>Creates an expansion of artifacts. Nothing is read or written yet.</summary>
    /// <param name="place">The store or repository. With a repository, all members wait for the requests.</param>
    /// <param name="options">Whether files are replaced, and how large the artifact may be; null for the defaults.</param>
    public OciExpansion(OciPlace place, ExpandOptions? options = null)
        : this(place, options, Folder.Open)
    {
    }

    internal OciExpansion(OciPlace place, ExpandOptions? options, Func<string, IFolder> open)
    {
        _place = Guard.NotNull(place);
        _options = options ?? new ExpandOptions();
        _open = open;
    }

    /// <summary>Plans the expansion of one artifact. Nothing is written.</summary>
    /// <param name="artifact">The manifest of the artifact.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a name leads out of the destination, or belongs to two
    /// different files; <see cref="OciErrorKind.UnsupportedMediaType"/>: the artifact is an index, or not a manifest; and the errors of
    /// <see cref="OciStore.GetManifest"/>.</exception>
    public ExpandPlan Plan(Descriptor artifact, CancellationToken cancellationToken = default)
    {
        if (!MediaTypes.IsManifest(Guard.NotNull(artifact).MediaType)) throw ContentErrors.NotAManifest(artifact);
        var manifest = _place.Content.GetManifestAsync(artifact, cancellationToken).AsTask().GetAwaiter().GetResult();
        if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList)
            throw ArtifactErrors.IsAnIndex(artifact.Digest);
        var items = new Dictionary<string, ExpandItem>(StringComparer.Ordinal);
        var unnamed = 0;
        foreach (var (role, content) in manifest.Successors)
        {
            if (role is DescriptorRole.Subject) continue;
            if (!content.Annotations.TryGetValue(AnnotationKeys.Title, out var title))
            {
                if (role is not DescriptorRole.Config && content is not { MediaType: MediaTypes.Empty, Size: 2 }) unnamed++;
                continue;
            }

            var parts = SafeName.Split(title, artifact.Digest.ToString(), ExpandItem.IsPacked(content));
            var name = parts.Length == 0 ? "." : string.Join("/", parts);
            if (items.TryGetValue(name, out var other) && other.Descriptor.Digest != content.Digest) throw ArtifactErrors.UnsafeName(title, artifact.Digest.ToString(), "it belongs to two files");
            items[name] = new ExpandItem(name, content);
        }

        return new ExpandPlan(artifact, [.. items.Values], unnamed);
    }

    /// <summary>Writes the files of a plan.</summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="destination">The absolute path of a directory. It is created when it does not exist.</param>
    /// <param name="progress">The receiver of the number of bytes of the store that were read so far.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The paths of the files, in the order of their names.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>: a file exists, and none was written;
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.UnsafePath"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public IReadOnlyList<string> Run(ExpandPlan plan, string destination, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(plan);
        Guard.NotNull(destination);
        if (_place is OciStore store)
        {
            Destination.RequireOutside(destination, store.Path);
            foreach (var item in plan.Items) Check(item, cancellationToken); // before anything is written
        }

        var budget = new ExpandBudget(plan, _options.MaximumSize ?? Math.Max(AlwaysAllowed, plan.Size > long.MaxValue / LargestGrowth ? long.MaxValue : plan.Size * LargestGrowth));
        var bytes = 0L;
        using var place = new Destination(destination, _open);
        var tree = new StagedTree(place.Staging);
        foreach (var item in plan.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var content = new MeteredStream(Fetch(item.Descriptor, cancellationToken), read => progress?.Report(bytes += read));
            if (item.IsDirectory) Unpack(item, content, tree, budget, cancellationToken);
            else Write(item, content, tree, budget, cancellationToken);
        }

        using var placement = new TreePlacement(place, _options.Force, cancellationToken);
        var files = placement.Run(tree.SetModes());
        place.Complete();
        return files;
    }

    private Stream Fetch(Descriptor content, CancellationToken cancellationToken) => _place switch
    {
        OciStore store => store.Fetch(content, cancellationToken),
        OciRepository repository => repository.FetchAsync(content, cancellationToken).GetAwaiter().GetResult(),
        _ => throw new NotSupportedException(),
    };

    // Content has the stated size, and a packed directory is compressed with gzip.
    private void Check(ExpandItem item, CancellationToken cancellationToken)
    {
        using var content = Fetch(item.Descriptor, cancellationToken);
        if (!item.IsDirectory) return;
        var start = ArchiveKind.ReadStart(content, out var count);
        var compression = ArchiveKind.CompressionOf(start, count);
        if (compression == "gzip") return;
        throw compression is null
            ? ArchiveErrors.Invalid(item.Title, "its layer is not compressed with gzip")
            : ArchiveErrors.UnsupportedCompression(item.Title, "its layer", compression);
    }

    private static void Write(ExpandItem item, Stream content, StagedTree tree, ExpandBudget budget, CancellationToken cancellationToken)
    {
        const int allMayReadAndWrite = 0x1B6; // 0666, less the umask
        var parts = SafeName.Split(item.Title, "the artifact");
        tree.RemoveExisting(parts, "the artifact");
        using var limited = new MeteredStream(content, budget.Take);
        tree.AddFile(parts, allMayReadAndWrite, "the artifact", file => limited.CopyTo(file, cancellationToken));
    }

    private static void Unpack(ExpandItem item, Stream content, StagedTree tree, ExpandBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            using var plain = new MeteredStream(new GunzipStream(content, leaveOpen: true), budget.Take);
            using var tar = new HashingStream(plain, DigestAlgorithmOf(item));
            DirectoryUnpacker.Unpack(tar, item.Title, tree, cancellationToken);
            tar.Drain(cancellationToken); // bytes after the last entry are part of the digest
            Check(item, tar.Finish());
        }
        catch (InvalidDataException e)
        {
            throw ArchiveErrors.Invalid(item.Title, e.Message.TrimEnd('.'), e);
        }

        content.Drain(cancellationToken); // bytes after the gzip data are part of the digest
    }

    private static DigestAlgorithm DigestAlgorithmOf(ExpandItem item) =>
        item.Descriptor.Annotations.TryGetValue(AnnotationKeys.ContentDigest, out var text) ? Digest.Parse(text).KnownAlgorithm ?? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha256;

    private static void Check(ExpandItem item, Digest actual)
    {
        if (!item.Descriptor.Annotations.TryGetValue(AnnotationKeys.ContentDigest, out var expected) || expected == actual.ToString()) return;
        throw ArtifactErrors.WrongArchive(item.Title, expected, actual);
    }
}
