using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Store;

/// <summary>Resolves a tag, a digest or a digest prefix to a descriptor.</summary>
internal sealed class Resolver
{
    private const int ShortestPrefix = 7;

    private readonly IndexFile _index;
    private readonly BlobReader _blobs;
    private readonly ManifestGraph _graph;
    private readonly long _limit;

    public Resolver(IndexFile index, BlobReader blobs, ManifestGraph graph, long limit)
    {
        _index = index;
        _blobs = blobs;
        _graph = graph;
        _limit = limit;
    }

    /// <summary>Resolves a reference.</summary>
    /// <param name="reference">The tag, digest or digest prefix.</param>
    /// <param name="allowBarePrefix">Whether a prefix without its algorithm is allowed.</param>
    /// <param name="cancellationToken">The token that cancels the search.</param>
    /// <param name="asStored">Whether the descriptor of a tag keeps the annotation that holds the tag.</param>
    public Descriptor Resolve(string reference, bool allowBarePrefix, CancellationToken cancellationToken, bool asStored = false)
    {
        if (string.IsNullOrEmpty(reference)) throw ReferenceErrors.NoReference();
        var isDigest = Digest.TryParse(reference, out var digest);
        if (isDigest && digest.IsVerifiable) return ResolveDigest(digest, cancellationToken);
        if (_index.Read(table => table.FindTag(reference)) is { } entry) return asStored ? entry.ToStoredDescriptor() : entry.ToDescriptor();

        // A tag can look like a digest of an unknown algorithm ("app:v1"), so tags take precedence over such digests.
        if (isDigest && _index.Read(table => table.FindDigest(digest).FirstOrDefault()) is { Problem: null } listed) return listed.ToDescriptor().ToPlain();
        if (PrefixOf(reference, allowBarePrefix) is { } prefix && FindPrefix(prefix, reference, cancellationToken) is { } found) return ResolveDigest(found, cancellationToken);
        if (!isDigest) RefuseMalformedDigest(reference);
        throw ReferenceErrors.NotFound(reference, _index.Root, _index.Tags);
    }

    private Descriptor ResolveDigest(Digest digest, CancellationToken cancellationToken)
    {
        // A digest can be listed as a blob and as a manifest. Prefer the manifest, whose media type is more specific.
        var listed = _index.Read(table => table.FindDigest(digest).Where(e => e.Problem is null).OrderByDescending(e => MediaTypes.IsManifest(e.MediaType)).FirstOrDefault());
        if (listed is not null) return new Descriptor(listed.MediaType, digest, listed.Size);
        if (_blobs.Find(digest) is not { } file) throw ContentErrors.NotStored(digest, _index.Root);
        return new Descriptor(Sniff(digest, file.Length, cancellationToken) ?? TypeAsChild(digest, cancellationToken) ?? MediaTypes.OctetStream, digest, file.Length);
    }

    private string? Sniff(Digest digest, long length, CancellationToken cancellationToken)
    {
        if (length > _limit) return null;
        try
        {
            return Manifest.Sniff(_blobs.ReadAll(digest, null, _limit, cancellationToken));
        }
        catch (OciException)
        {
            return null; // the content exists; reading it reports the problem
        }
    }

    private string? TypeAsChild(Digest digest, CancellationToken cancellationToken)
    {
        var graph = _graph.Query(_graph.TakeSnapshot(_index), _limit, cancellationToken);
        foreach (var (node, role) in graph.Predecessors(digest))
        {
            foreach (var edge in graph[node].Edges)
            {
                if (edge.Role == role && edge.Digest == digest && edge.MediaType.Length > 0) return edge.MediaType;
            }
        }

        return null;
    }

    private static string? PrefixOf(string reference, bool allowBare)
    {
        var colon = reference.IndexOf(':');
        if (colon < 0 && !allowBare) return null;
        if (colon >= 0 && DigestAlgorithms.Find(reference.AsSpan(0, colon)) is null) return null;
        var hex = reference.AsSpan(colon + 1);
        return hex.Length is >= ShortestPrefix and < 128 && Digest.IsLowerHex(hex) ? reference : null;
    }

    private Digest? FindPrefix(string prefix, string reference, CancellationToken cancellationToken)
    {
        var bare = prefix.IndexOf(':') < 0;
        bool Fits(Digest digest) => bare
            ? digest.IsVerifiable && digest.Encoded.StartsWith(prefix, StringComparison.Ordinal)
            : digest.ToString().StartsWith(prefix, StringComparison.Ordinal);

        var candidates = new HashSet<Digest>(_index.Read(table => table.Digests.Where(Fits).ToList()));
        candidates.UnionWith(_graph.Query(_graph.TakeSnapshot(_index), _limit, cancellationToken).Find(Fits));
        if (candidates.Count == 0) return null;
        if (candidates.Count == 1) return candidates.First();
        var names = candidates.Select(d => d.ToString()).OrderBy(d => d, StringComparer.Ordinal).ToList();
        throw ReferenceErrors.Ambiguous(reference, names);
    }

    // Text with a known algorithm that is neither a digest nor a prefix was meant as a digest. Report the error of the digest parser.
    private static void RefuseMalformedDigest(string reference)
    {
        var colon = reference.IndexOf(':');
        if (colon <= 0 || DigestAlgorithms.Find(reference.AsSpan(0, colon)) is null || PrefixOf(reference, true) is not null) return;
        _ = Digest.Parse(reference);
    }
}
