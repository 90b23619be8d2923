using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A parsed manifest or index.</summary>
public sealed class OciManifest
{
    internal OciManifest(OciPlaceInfo store, Descriptor descriptor, Manifest core)
    {
        Store = store;
        Descriptor = descriptor;
        MediaType = core.MediaType;
        ArtifactType = core.ArtifactType;
        Config = One(core.Config);
        // The artifact manifest of a release candidate of the specification has "blobs" instead of "layers".
        Layers = Many(core.Layers.Count > 0 ? core.Layers : core.Blobs);
        Manifests = Many(core.Manifests);
        Subject = One(core.Subject);
        Annotations = OciAnnotations.Of(core.Annotations);
        Json = core.Json;
    }

    internal Descriptor Descriptor { get; }

    /// <summary>The store that the manifest was read from.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The digest of the manifest.</summary>
    public PSObject Digest => DigestText.Of(Descriptor.Digest);

    /// <summary>The media type as which it was read.</summary>
    public string MediaType { get; }

    /// <summary>The type of an artifact.</summary>
    public string? ArtifactType { get; }

    /// <summary>
    /// The type as the view shows it: the artifact type, or else the media type, without the prefix <c>application/</c>.
    /// </summary>
    public string Type => Display.ShortType(ArtifactType, MediaType);

    /// <summary>The config of an image.</summary>
    public OciDescriptor? Config { get; }

    /// <summary>The layers of an image, or the blobs of an artifact manifest.</summary>
    public IReadOnlyList<OciDescriptor> Layers { get; }

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<OciDescriptor> Manifests { get; }

    /// <summary>The manifest that this one is attached to.</summary>
    public OciDescriptor? Subject { get; }

    /// <summary>The annotations of the manifest itself.</summary>
    public OciAnnotations Annotations { get; }

    /// <summary>The document as it is stored.</summary>
    public string Json { get; }

    /// <summary>Returns the digest.</summary>
    public override string ToString() => Descriptor.Digest.ToString();

    private OciDescriptor? One(Descriptor? descriptor) => descriptor is null ? null : new OciDescriptor(Store, descriptor);

    private OciDescriptor[] Many(IReadOnlyList<Descriptor> descriptors) => descriptors.Select(d => new OciDescriptor(Store, d)).ToArray();
}
