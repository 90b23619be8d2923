using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// The content of a destination: content that its index reaches, and other stored content. A walk is pruned only at content that is
/// complete and reached by an entry of the index. Other content may be a remainder of an interrupted deletion.
/// </summary>
internal sealed class DestinationContent : ICopyTarget
{
    private readonly StoreReader _store;
    private readonly VerifiedBlobs _verified;
    private readonly CancellationToken _cancellation;
    private readonly ReachableSet _graph;
    private readonly bool _foreign;
    private readonly Dictionary<NodeKey, Digest> _entries = [];
    private readonly Dictionary<NodeKey, bool> _isComplete = [];
    private FallbackIndexes? _fallbackIndexes;

    /// <param name="destination">The store.</param>
    /// <param name="foreign">Whether content counts as incomplete when a foreign layer is missing.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public DestinationContent(StoreReader destination, bool foreign, CancellationToken cancellationToken)
    {
        _store = destination;
        var state = destination.State;
        _verified = state.Verified;
        _cancellation = cancellationToken;
        _foreign = foreign;
        _graph = state.Graph.FindListed(state.Index, destination.ManifestLimit, cancellationToken);
        var entries = state.Entries().Entries.Where(e => !e.Digest.IsEmpty).ToList();
        foreach (var entry in entries) _entries[entry.Key] = entry.Digest;
        foreach (var entry in entries) Assign(entry);
    }

    public IContentSource Content => _store;

    public ValueTask LookAsync(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken) => default;

    public ValueTask<bool> HasAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken) => new(Has(descriptor));

    public ValueTask<Digest?> EntryOfAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken) => new(EntryOf(descriptor, role, cancellationToken));

    public ValueTask<IReadOnlyList<Digest>> ManifestsFromAsync(Descriptor descriptor, DescriptorRole role, IContentSource source, CancellationToken cancellationToken) =>
        new([.. ManifestsFrom(NodeKey.Of(descriptor, role))]);

    public bool Needs(FallbackDocument index, CancellationToken cancellationToken) => (_fallbackIndexes ??= _store.GetFallbackIndexes()).Merge(index, cancellationToken, out _) is not null;

    public long PartialSizeOf(Digest digest) => PartialBlob.SizeOf(_store.State.Files, _store.State.Locks.Ingest, digest);

    private bool Has(Descriptor descriptor) => descriptor.Digest.IsVerifiable && _verified.Has(descriptor.Digest, descriptor.Size, _cancellation);

    private Digest? EntryOf(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken) =>
        _entries.TryGetValue(NodeKey.Of(descriptor, role), out var entry) && _graph.TryGet(NodeKey.Of(descriptor, role), out _) && IsComplete(descriptor, role, cancellationToken) ? entry : null;

    private IEnumerable<Digest> ManifestsFrom(NodeKey key)
    {
        var seen = new HashSet<NodeKey> { key };
        var stack = new Stack<NodeKey>(seen);
        while (stack.Count > 0)
        {
            var next = stack.Pop();
            if (next.Kind == ManifestKind.None) continue;
            yield return next.Digest;
            foreach (var edge in _graph[next].Edges)
            {
                if (seen.Add(edge.Target)) stack.Push(edge.Target);
            }
        }
    }

    // Content with an entry of its own is assigned to that entry.
    private void Assign(IndexEntry entry)
    {
        var stack = new Stack<NodeKey>();
        stack.Push(entry.Key);
        while (stack.Count > 0)
        {
            if (!_graph.TryGet(stack.Pop(), out var node)) continue;
            foreach (var edge in node.Edges)
            {
                if (_entries.ContainsKey(edge.Target)) continue;
                _entries.Add(edge.Target, entry.Digest);
                stack.Push(edge.Target);
            }
        }
    }

    // Remembers the result for each node, so that all calls together check each file once.
    private bool IsComplete(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken)
    {
        var root = NodeKey.Of(descriptor, role);
        var entered = new HashSet<NodeKey>();
        var stack = new Stack<(NodeKey Key, bool IsForeign, bool Left)>();
        stack.Push((root, false, false));
        while (stack.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (key, isForeign, left) = stack.Pop();
            var node = _graph[key];
            if (left)
            {
                _isComplete[key] = AreSuccessorsComplete(node);
                continue;
            }

            if (_isComplete.ContainsKey(key) || !entered.Add(key)) continue;
            if (node.State == NodeState.Leaf) _isComplete[key] = IsStored(key.Digest) || (!_foreign && isForeign);
            else if (node.State != NodeState.Read) _isComplete[key] = false;
            else Enter(key, node, stack);
        }

        return _isComplete[root];
    }

    private static void Enter(NodeKey key, ManifestNode node, Stack<(NodeKey Key, bool IsForeign, bool Left)> stack)
    {
        stack.Push((key, false, true));
        foreach (var edge in node.Edges) stack.Push((edge.Target, edge.IsForeign, false));
    }

    private bool AreSuccessorsComplete(ManifestNode node)
    {
        foreach (var edge in node.Edges)
        {
            if (!_isComplete.TryGetValue(edge.Target, out var isComplete) || !isComplete) return false;
        }

        return true;
    }

    private bool IsStored(Digest digest) => digest.IsVerifiable && _verified.Has(digest, null, _cancellation);
}
