using System;
using System.Collections.Generic;

namespace OciLayout.Model;

/// <summary>The references of a manifest, or the reason why they are unknown. Has few fields because a process holds many nodes.</summary>
internal sealed class ManifestNode
{
    public static readonly ManifestNode Leaf = new(NodeState.Leaf);
    public static readonly ManifestNode Missing = new(NodeState.Missing);

    /// <summary>The node of content of an unknown type that is too large to read or whose digest cannot be verified.</summary>
    public static readonly ManifestNode NoDocument = new(NodeState.Read);

    private int _size;
    private object? _more; // the annotations of a referrer, or the problem of an unreadable node

    private ManifestNode(NodeState state) => State = state;

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
    public static ManifestNode Parse<TName>(ReadOnlyMemory<byte> bytes, ManifestKind kind, TName name)
        where TName : notnull
    {
        var node = kind == ManifestKind.Document ? new ManifestNode(NodeState.Read) { Edges = DocumentReader.Read(bytes) } : ManifestReader.Read(bytes, kind, name, Of);
        node._size = bytes.Length;
        return node;
    }

    private static ManifestNode Of(ManifestReader manifest)
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

        return new ManifestNode(NodeState.Read)
        {
            Edges = edges,
            ArtifactType = manifest.ArtifactType,
            _more = manifest.Has(DescriptorRole.Subject) ? manifest.Annotations : null,
        };
    }

    public static ManifestNode Unreadable(OciException problem) => new(NodeState.Unreadable) { _more = problem };
}
