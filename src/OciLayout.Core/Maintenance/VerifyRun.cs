using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Maintenance;

/// <summary>
/// The state that the checks of one verification share: the layout, the observer of findings, and facts about the content found so far.
/// </summary>
internal sealed class VerifyRun
{
    private readonly Action<Finding> _found;
    private readonly IProgress<VerifyProgress>? _progress;
    private readonly object _sync = new();
    private long _hashedBytes;

    // The manifests that reference a digest, other than by subject; the tags of a digest; and the digests of index entries with a name.
    private readonly Dictionary<Digest, List<Digest>> _parents = [];
    private readonly Dictionary<Digest, List<string>> _tags = [];
    private readonly HashSet<Digest> _named = [];

    public VerifyRun(ILayout layout, VerifyOptions options, Action<Finding> found, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        Layout = layout;
        Options = options;
        _found = found;
        _progress = progress;
        Cancellation = cancellationToken;
        Blobs = new BlobReader(layout);
    }

    public ILayout Layout { get; }

    public VerifyOptions Options { get; }

    public CancellationToken Cancellation { get; }

    public BlobReader Blobs { get; }

    /// <summary>Gets the files in <c>blobs/</c> that are named like content.</summary>
    public Dictionary<Digest, FileStatus> Files { get; } = [];

    /// <summary>Gets the digests that are reachable from the index.</summary>
    public HashSet<Digest> Reachable { get; } = [];

    /// <summary>Gets the digests that were hashed already, with any result.</summary>
    public HashSet<Digest> Hashed { get; } = [];

    /// <summary>Gets the layers to decompress, with their uses.</summary>
    public Dictionary<Digest, List<LayerUse>> Layers { get; } = [];

    /// <summary>Gets whether every manifest that could reference content was read.</summary>
    public bool IsGraphComplete { get; set; } = true;

    /// <summary>Gets or sets the number of bytes to hash; 0 until it is known.</summary>
    public long TotalBytes { get; set; }

    /// <summary>Reports the progress after some bytes were hashed, on any thread.</summary>
    public void CountHashed(int bytes)
    {
        if (_progress is null) return;
        _progress.Report(new VerifyProgress(Interlocked.Add(ref _hashedBytes, bytes), TotalBytes));
    }

    public void Report(Finding finding)
    {
        lock (_sync) _found(finding);
    }

    public string PathOf(string name) => Layout is DirectoryLayout directory ? directory.PathOf(name) : Layout.Root + "/" + name;

    public string PathOf(Digest digest) => PathOf(LayoutNames.Blob(digest));

    public void AddTag(string tag, Digest digest) => Add(_tags, digest, tag);

    /// <summary>Records that an index entry has a name, a tag or another one.</summary>
    public void AddNamedRoot(Digest digest) => _named.Add(digest);

    public void AddParent(Digest child, Digest parent) => Add(_parents, child, parent);

    /// <summary>
    /// Returns the tags that need content, because they name it or a manifest above it. Tags of its referrers do not count.
    /// </summary>
    public IReadOnlyList<string> TagsOf(Digest digest)
    {
        var result = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var needing in Needing(digest))
        {
            if (_tags.TryGetValue(needing, out var tags)) result.UnionWith(tags);
        }

        return [.. result];
    }

    /// <summary>Returns the digests of the index entries with a name that need content.</summary>
    public IReadOnlyCollection<Digest> RootsOf(Digest digest) => [.. Needing(digest).Where(_named.Contains)];

    // Returns the content itself and all manifests above it.
    private HashSet<Digest> Needing(Digest digest)
    {
        var result = new HashSet<Digest> { digest };
        var stack = new Stack<Digest>(result);
        while (stack.Count > 0)
        {
            if (!_parents.TryGetValue(stack.Pop(), out var parents)) continue;
            foreach (var parent in parents.Where(result.Add)) stack.Push(parent);
        }

        return result;
    }

    private static void Add<T>(Dictionary<Digest, List<T>> map, Digest digest, T value)
    {
        if (!map.TryGetValue(digest, out var list)) map.Add(digest, list = new List<T>(1));
        list.Add(value);
    }
}
