using System;
using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>
/// Content, and the kind of manifest to read it as. The same digest can be referenced as a layer here and as a manifest there.
/// </summary>
internal readonly record struct NodeKey(Digest Digest, ManifestKind Kind)
{
    public static NodeKey Of(Descriptor descriptor) => new(descriptor.Digest, descriptor.Kind);

    public static NodeKey Of(Descriptor descriptor, DescriptorRole role) => new(descriptor.Digest, MediaTypes.KindOf(descriptor.MediaType, role));

    /// <summary>Returns the content of an index entry.</summary>
    public static NodeKey Of(IndexEntry entry) => new(entry.Digest, MediaTypes.KindOf(entry.MediaType, DescriptorRole.Root));

    public bool Equals(NodeKey other) => Kind == other.Kind && Digest.Equals(other.Digest);

    // Kind is left out of the hash on purpose: all kinds of one digest share a hash chain, so one lookup finds them all.
    public override int GetHashCode() => Digest.GetHashCode();
}

/// <summary>A reference in a manifest.</summary>
/// <param name="Role">The member that holds the reference.</param>
/// <param name="Digest">The referenced content.</param>
/// <param name="MediaType">The media type of the content; empty if the manifest gives none.</param>
/// <param name="Size">The size of the content in bytes, according to the manifest.</param>
/// <param name="IsForeign">Whether the content is a foreign (non-distributable) layer with URLs.</param>
internal readonly record struct Edge(DescriptorRole Role, Digest Digest, string MediaType, long Size, bool IsForeign = false)
{
    /// <summary>Gets the kind of manifest to read the content as, by media type and role.</summary>
    public ManifestKind Kind { get; } = MediaTypes.KindOf(MediaType, Role);

    public NodeKey Target => new(Digest, Kind);

    public Descriptor ToDescriptor() => new(MediaType, Digest, Size);
}

/// <summary>The state of a node.</summary>
internal enum NodeState : byte
{
    /// <summary>Content that has no references, because of its media type.</summary>
    Leaf,

    /// <summary>A manifest whose references are known.</summary>
    Read,

    /// <summary>Content that is not stored. It has no known references.</summary>
    Missing,

    /// <summary>Content that could not be read or is not a valid manifest. Its references are unknown.</summary>
    Unreadable,
}

/// <summary>The references of a manifest, or the reason why they are unknown. Has few fields because a process holds many nodes.</summary>
internal sealed class GraphNode
{
    public static readonly GraphNode Leaf = new(NodeState.Leaf);
    public static readonly GraphNode Missing = new(NodeState.Missing);

    /// <summary>The node of content of an unknown type that is too large to read or whose digest cannot be verified.</summary>
    public static readonly GraphNode NoDocument = new(NodeState.Read);

    private int _size;
    private object? _more; // the annotations of a referrer, or the problem of an unreadable node

    private GraphNode(NodeState state) => State = state;

    public NodeState State { get; }

    /// <summary>Gets the references. The subject, if there is one, comes first.</summary>
    public Edge[] Edges { get; private set; } = [];

    /// <summary>Gets the size of the manifest in bytes.</summary>
    public long Size => _size;

    /// <summary>Gets the digest of the subject; empty if there is none.</summary>
    public Digest Subject => Edges.Length > 0 && Edges[0].Role == DescriptorRole.Subject ? Edges[0].Digest : default;

    /// <summary>Gets the value of the <c>artifactType</c> member.</summary>
    public string? ArtifactType { get; private set; }

    /// <summary>
    /// Gets the type under which a referrer is listed: its artifactType, or else the media type of an image manifest's config.
    /// </summary>
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

    /// <summary>Gets the annotations of a referrer. Always empty for manifests without a subject.</summary>
    public IReadOnlyDictionary<string, string> Annotations => _more as IReadOnlyDictionary<string, string> ?? Descriptor.NoAnnotations;

    /// <summary>Gets the reason why the references are unknown; null if they are known.</summary>
    public OciException? Problem => _more as OciException;

    /// <summary>Reads the references of a manifest. Does not keep the bytes.</summary>
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
        for (var role = DescriptorRole.Subject; role <= DescriptorRole.Blob; role++) // in the order of the members of each manifest type
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
