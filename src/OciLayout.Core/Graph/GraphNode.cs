using System;
using System.Collections.Generic;

namespace OciLayout.Graph;

/// <summary>Content as something that is read in one way: a digest may be named as a layer here and as a manifest there.</summary>
internal readonly record struct NodeKey(Digest Digest, ManifestKind Kind)
{
    public static NodeKey Of(Descriptor descriptor) => new(descriptor.Digest, descriptor.Kind);

    public bool Equals(NodeKey other) => Kind == other.Kind && Digest.Equals(other.Digest);

    public override int GetHashCode() => (Digest.GetHashCode() * 31) + (int)Kind;
}

/// <summary>One pointer of a manifest.</summary>
internal readonly record struct Edge(DescriptorRole Role, Digest Digest, string MediaType, long Size)
{
    /// <summary>How the content is read; the media type decides.</summary>
    public ManifestKind Kind { get; } = MediaTypes.KindOf(MediaType);

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

/// <summary>A manifest's pointers, or why they are not known.</summary>
internal sealed class GraphNode
{
    public static readonly GraphNode Leaf = new(NodeState.Leaf);
    public static readonly GraphNode Missing = new(NodeState.Missing);

    private GraphNode(NodeState state) => State = state;

    public NodeState State { get; }

    public Edge[] Edges { get; private set; } = [];

    /// <summary>The length in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>What this is attached to; empty when nothing.</summary>
    public Digest Subject { get; private set; }

    /// <summary>The <c>artifactType</c> member.</summary>
    public string? ArtifactType { get; private set; }

    /// <summary>The type under which it is listed as a referrer.</summary>
    public string? ReferrerType { get; private set; }

    /// <summary>The annotations of a referrer.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = Descriptor.NoAnnotations;

    /// <summary>Why it is unreadable.</summary>
    public OciException? Problem { get; private set; }

    /// <summary>Reads a manifest's pointers; nothing of the bytes is kept.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static GraphNode Parse(ReadOnlyMemory<byte> bytes, ManifestKind kind, string name)
    {
        var node = ManifestReader.Read(bytes, kind, name, Of);
        node.Size = bytes.Length;
        return node;
    }

    private static GraphNode Of(ManifestReader manifest)
    {
        var edges = new Edge[manifest.Count];
        var count = 0;
        for (var role = DescriptorRole.Subject; role <= DescriptorRole.Blob; role++) // in the order in which a type lists them
        {
            foreach (ref readonly var target in manifest.Of(role)) edges[count++] = new Edge(role, target.Digest, target.MediaType, target.Size);
        }

        var node = new GraphNode(NodeState.Read) { Edges = edges, ArtifactType = manifest.ArtifactType };
        if (!manifest.Has(DescriptorRole.Subject)) return node;
        node.Subject = manifest.Of(DescriptorRole.Subject)[0].Digest;
        node.ReferrerType = manifest.ReferrerType;
        node.Annotations = manifest.Annotations;
        return node;
    }

    public static GraphNode Unreadable(OciException problem) => new(NodeState.Unreadable) { Problem = problem };
}
