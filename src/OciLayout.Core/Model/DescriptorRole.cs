namespace OciLayout;

/// <summary>The member by which a manifest references content.</summary>
public enum DescriptorRole : byte
{
    /// <summary>The start of a walk, or an entry of <c>index.json</c>.</summary>
    Root,

    /// <summary><c>subject</c>: the manifest that a referrer is attached to.</summary>
    Subject,

    /// <summary>The <c>config</c> member.</summary>
    Config,

    /// <summary>An element of <c>layers</c>.</summary>
    Layer,

    /// <summary>An element of <c>manifests</c>.</summary>
    Manifest,

    /// <summary>An element of <c>blobs</c> in an artifact manifest.</summary>
    Blob,

    /// <summary>A digest in a document of an unknown type.</summary>
    Reference,
}
