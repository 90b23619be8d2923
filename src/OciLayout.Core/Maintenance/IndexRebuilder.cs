using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// Rebuilds <c>index.json</c> from the content of <c>blobs/</c>. Lists every manifest that no other manifest contains. Tags come from
/// readable entries of the old file, the sources of the repair, Docker's <c>manifest.json</c>, and annotations of the manifests.
/// </summary>
internal sealed class IndexRebuilder(ILayout layout, IReadOnlyList<StoreReader> sources, long manifestLimit, CancellationToken cancellationToken)
{
    private readonly BlobReader _blobs = new(layout);
    private readonly Dictionary<Digest, (Descriptor Descriptor, Manifest Manifest)> _manifests = [];

    /// <summary>Gets the number of manifests in the new index.</summary>
    public int ListedCount { get; private set; }

    /// <summary>Gets the number of listed manifests whose tag is lost. Excludes referrers, which usually have no tag.</summary>
    public int UntaggedCount { get; private set; }

    /// <summary>
    /// Gets the number of other stored items without a tag that the old index may have tagged: members of an index, referrers, and blobs that
    /// nothing lists or references.
    /// </summary>
    public int UncertainCount { get; private set; }

    /// <summary>Returns the new index.</summary>
    /// <param name="old">The remains of the old index file, in any state.</param>
    public byte[] Rebuild(byte[] old)
    {
        ReadManifests();
        var table = IndexTable.Parse(IndexTable.EmptyIndex.ToArray());
        foreach (var entry in Salvage(old).Where(e => IsStored(e.Digest, e.Size)))
        {
            if (entry.Tag is null) table.Add(entry.Describe());
            else table.SetTag(entry.Describe(), entry.Tag);
        }

        foreach (var (tag, descriptor) in SourceTags().Where(t => IsStored(t.Descriptor.Digest, t.Descriptor.Size)))
        {
            if (table.FindTag(tag) is null) table.SetTag(descriptor, tag);
        }

        var dockerTags = DockerTags.In(layout, manifestLimit);
        var contained = new HashSet<Digest>(_manifests.Values.SelectMany(m => m.Manifest.Successors).Where(s => s.Role != DescriptorRole.Subject).Select(s => s.Target.Digest));
        foreach (var (descriptor, manifest) in _manifests.Values.Where(m => !contained.Contains(m.Descriptor.Digest)).OrderBy(m => m.Descriptor.Digest.ToString(), StringComparer.Ordinal))
        {
            var isNew = table.Add(descriptor);
            var tags = TagsOf(manifest, dockerTags).Where(t => table.FindTag(t) is null).ToList();
            foreach (var tag in tags) table.SetTag(descriptor, tag);
            if (isNew && tags.Count == 0 && manifest.Subject is null) UntaggedCount++;
        }

        ListedCount = table.Digests.Count(_manifests.ContainsKey);
        UncertainCount = CountUncertain(table) - UntaggedCount;
        return table.ToBytes();
    }

    private int CountUncertain(IndexTable table)
    {
        var referenced = new HashSet<Digest>(_manifests.Values.SelectMany(m => m.Manifest.Successors).Select(s => s.Target.Digest));
        return _blobs.List().Count(b => _manifests.ContainsKey(b.Digest)
            ? !table.FindDigest(b.Digest).Any(e => e.Tag is not null)
            : !referenced.Contains(b.Digest) && !table.FindDigest(b.Digest).Any());
    }

    private void ReadManifests()
    {
        var files = _blobs.List().Where(f => f.File.Kind == FileKind.File && f.File.Length > 0 && f.File.Length <= manifestLimit).Select(f => f.Digest).ToList();
        ParallelLoop.For(files.Count, i =>
        {
            if (Read(files[i]) is not { } read) return;
            lock (_manifests) _manifests.Add(files[i], read);
        }, cancellationToken);
    }

    private (Descriptor Descriptor, Manifest Manifest)? Read(Digest digest)
    {
        try
        {
            var bytes = _blobs.ReadAll(digest, null, manifestLimit, cancellationToken);
            if (Manifest.Sniff(bytes) is not { } mediaType) return null;
            return (new Descriptor(mediaType, digest, bytes.Length), Manifest.Parse(bytes, mediaType));
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null; // corrupt content is not listed
        }
    }

    // Manifests have been verified. For other content only the size is compared.
    private bool IsStored(Digest digest, long size) => _manifests.ContainsKey(digest) || _blobs.Find(digest)?.Length == size;

    // Returns the entries that can be parsed before the first syntax error.
    private static List<IndexEntry> Salvage(byte[] old)
    {
        var result = new List<IndexEntry>();
        ReadOnlyMemory<byte> document = Model.Json.WithoutByteOrderMark(old);
        try
        {
            var reader = new Utf8JsonReader(document.Span, Model.Json.ReaderOptions);
            while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("manifests"u8))) { }

            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var entry = IndexEntry.Read(ref reader, document);
                if (entry.Problem is null && entry.Digest.IsVerifiable) result.Add(entry);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The rest of the file is damaged.
        }

        return result;
    }

    private IEnumerable<(string Tag, Descriptor Descriptor)> SourceTags() => sources.SelectMany(s => s.GetTags())
        .Where(t => t.Descriptor is { Digest.IsVerifiable: true }).Select(t => (t.Tag!, t.Descriptor!));

    private static HashSet<string> TagsOf(Manifest manifest, ILookup<Digest, string> dockerTags)
    {
        var tags = new HashSet<string>(manifest.Config is { } config ? dockerTags[config.Digest] : [], StringComparer.Ordinal);
        if (manifest.Annotations.TryGetValue(AnnotationKeys.RefName, out var own) && own.Length > 0) tags.Add(own);
        tags.RemoveWhere(t => !Reference.IsTag(t));
        return tags;
    }
}
