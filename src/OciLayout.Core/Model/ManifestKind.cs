namespace OciLayout.Model;

/// <summary>The format in which the references of a document are read. The media type of the descriptor decides.</summary>
internal enum ManifestKind : byte
{
    None,
    Image,
    Index,
    DockerImage,
    DockerList,
    Artifact,

    /// <summary>A document of an unknown type. Every digest in it is treated as a reference.</summary>
    Document,
}
