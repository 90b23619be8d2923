using System;
using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>Content as something that is read in one way: a digest may be named as a layer here and as a manifest there.</summary>
internal readonly record struct NodeKey(Digest Digest, ManifestKind Kind)
{
    public static NodeKey Of(Descriptor descriptor) => new(descriptor.Digest, descriptor.Kind);

    public static NodeKey Of(Descriptor descriptor, DescriptorRole role) => new(descriptor.Digest, MediaTypes.KindOf(descriptor.MediaType, role));

    /// <summary>The content of an entry of the index.</summary>
    public static NodeKey Of(IndexEntry entry) => new(entry.Digest, MediaTypes.KindOf(entry.MediaType, DescriptorRole.Root));

    public bool Equals(NodeKey other) => Kind == other.Kind && Digest.Equals(other.Digest);

    // Of the digest alone: hardly any content is read in several ways, and who asks for all of them looks in one place.
    public override int GetHashCode() => Digest.GetHashCode();
}

/// <summary>One pointer of a manifest.</summary>
/// <param name="Role">By which member.</param>
/// <param name="Digest">The content.</param>
/// <param name="MediaType">Its media type; empty when none is given.</param>
/// <param name="Size">Its length as the manifest says.</param>
/// <param name="IsForeign">Whether it is a layer that can be had elsewhere.</param>
internal readonly record struct Edge(DescriptorRole Role, Digest Digest, string MediaType, long Size, bool IsForeign = false)
{
    /// <summary>How the content is read; the media type decides.</summary>
    public ManifestKind Kind { get; } = MediaTypes.KindOf(MediaType, Role);

    public NodeKey Target => new(Digest, Kind);

    public Descriptor ToDescriptor() => new(MediaType, Digest, Size);
}

/// <summary>What is known of a node.</summary>
internal enum NodeState : byte
{
    /// <summary>It points at nothing, by its type.</summary>
    Leaf,

    /// <summary>Its pointers are known.</summary>
    Read,

    /// <summary>It is not stored; a leaf.</summary>
    Missing,

    /// <summary>It is stored, or cannot be looked for, and its pointers cannot be known.</summary>
    Unreadable,
}

/// <summary>A manifest's pointers, or why they are not known. A store holds many at once, so it has few fields.</summary>
internal sealed class GraphNode
{
    public static readonly GraphNode Leaf = new(NodeState.Leaf);
    public static readonly GraphNode Missing = new(NodeState.Missing);

    /// <summary>Listed content that turned out to be no document.</summary>
    public static readonly GraphNode NoDocument = new(NodeState.Read);

    private int _size;
    private object? _more; // the annotations of a referrer, or the problem

    private GraphNode(NodeState state) => State = state;

    public NodeState State { get; }

    public Edge[] Edges { get; private set; } = [];

    /// <summary>The length in bytes.</summary>
    public long Size => _size;

    /// <summary>What this is attached to; empty when nothing.</summary>
    public Digest Subject => Edges.Length > 0 && Edges[0].Role == DescriptorRole.Subject ? Edges[0].Digest : default;

    /// <summary>The <c>artifactType</c> member.</summary>
    public string? ArtifactType { get; private set; }

    /// <summary>The type under which a referrer is listed: its artifactType, else the media type of an image manifest's config.</summary>
    public string? ReferrerType
    {
        get
        {
            if (!string.IsNullOrEmpty(ArtifactType)) return ArtifactType;
            foreach (var edge in Edges)
            {
                if (edge.Role == DescriptorRole.Config) return edge.MediaType;
            }

            return null;
        }
    }

    /// <summary>The annotations of a referrer.</summary>
    public IReadOnlyDictionary<string, string> Annotations => _more as IReadOnlyDictionary<string, string> ?? Descriptor.NoAnnotations;

    /// <summary>Why it is unreadable.</summary>
    public OciException? Problem => _more as OciException;

    /// <summary>Reads a manifest's pointers; nothing of the bytes is kept.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static GraphNode Parse<TName>(ReadOnlyMemory<byte> bytes, ManifestKind kind, TName name)
        where TName : notnull
    {
        var node = kind == ManifestKind.Document ? new GraphNode(NodeState.Read) { Edges = DocumentReader.Read(bytes) } : ManifestReader.Read(bytes, kind, name, Of);
        node._size = bytes.Length;
        return node;
    }

    private static GraphNode Of(ManifestReader manifest)
    {
        var edges = new Edge[manifest.Count];
        var count = 0;
        for (var role = DescriptorRole.Subject; role <= DescriptorRole.Blob; role++) // in the order in which a type lists them
        {
            for (var i = 0; i < manifest.CountOf(role); i++)
            {
                ref readonly var target = ref manifest[role, i];
                edges[count++] = new Edge(role, target.Digest, target.MediaType, target.Size, target.Urls is { Count: > 0 } && MediaTypes.IsForeignLayer(target.MediaType));
            }
        }

        return new GraphNode(NodeState.Read)
        {
            Edges = edges,
            ArtifactType = manifest.ArtifactType,
            _more = manifest.Has(DescriptorRole.Subject) ? manifest.Annotations : null,
        };
    }

    public static GraphNode Unreadable(OciException problem) => new(NodeState.Unreadable) { _more = problem };
}
