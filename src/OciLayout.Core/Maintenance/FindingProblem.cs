namespace OciLayout;

/// <summary>The problems that a layout can have. The list is closed and the names are stable.</summary>
public enum FindingProblem
{
    /// <c>oci-layout</c> does not exist.
    LayoutMissing,

    /// <summary><c>oci-layout</c> cannot be read (image-spec, image-layout, "oci-layout file").</summary>
    LayoutInvalid,

    /// <c>oci-layout</c> names a version other than 1.0.0.
    UnsupportedVersion,

    /// <c>index.json</c> does not exist.
    IndexMissing,

    /// <summary><c>index.json</c> cannot be parsed as an image index.</summary>
    IndexInvalid,

    /// <c>index.json</c> can be parsed but violates the schema of an image index.
    IndexSchema,

    /// <summary>The digest, size or media type of a descriptor is malformed (image-spec, descriptor).</summary>
    InvalidDescriptor,

    /// <summary>The data embedded in a descriptor does not match its digest.</summary>
    DataMismatch,

    /// <summary>
    /// OciLayout can parse the document, but it violates the specification so that other tools cannot, or it lacks required members.
    /// </summary>
    ManifestSchema,

    /// <summary>The directory <c>blobs</c> does not exist (image-spec, image-layout).</summary>
    BlobsMissing,

    /// <summary>The index lists manifests, but no entry has a name. Garbage collection would keep none of them.</summary>
    NoTags,

    /// <summary>A repair could not restore tags, or removed tags because their content is not stored.</summary>
    TagsLost,

    /// <summary>Several entries have the same tag. The last one counts.</summary>
    DuplicateTag,

    /// <summary>A tag violates the grammar (image-spec, annotations).</summary>
    InvalidTag,

    /// <summary>Referenced content is not stored.</summary>
    Missing,

    /// <summary>The subject of a manifest is not stored. The specification allows this.</summary>
    DanglingSubject,

    /// <summary>Stored content has another size than its descriptor says.</summary>
    SizeMismatch,

    /// <summary>Stored content does not match the digest in its file name.</summary>
    DigestMismatch,

    /// <summary>A manifest cannot be parsed.</summary>
    InvalidManifest,

    /// <summary>The mediaType member of a manifest differs from the media type in its descriptor.</summary>
    MediaTypeMismatch,

    /// <summary>A manifest or a configuration exceeds the size limit for manifests, or a layer that for decompressed layers.</summary>
    TooLarge,

    /// <summary>The digest uses an algorithm that OciLayout cannot verify.</summary>
    Unverifiable,

    /// <summary>The file cannot be read.</summary>
    Unreadable,

    /// <summary>The content is not reachable from the index. Garbage collection deletes it.</summary>
    Unreferenced,

    /// <summary>An upload of a process that no longer runs.</summary>
    StaleUpload,

    /// <summary>A symbolic link in place of a file or directory of the layout.</summary>
    Link,

    /// <summary>The permissions of a file prevent reading it or let other users change it.</summary>
    Permission,

    /// <summary>A file that is not part of an image layout.</summary>
    UnknownFile,

    /// <summary>The configuration of an image cannot be parsed, or has no <c>rootfs</c> (image-spec, config). Only a deep verification finds it.</summary>
    InvalidConfig,

    /// <summary>
    /// The configuration of an image lacks required members, or its history does not match the layers. Only a deep verification finds it.
    /// </summary>
    ConfigSchema,

    /// <summary>The platform in an index differs from the one in the configuration of the image. Only a deep verification finds it.</summary>
    PlatformMismatch,

    /// <summary>
    /// The tar of a layer does not match the <c>diff_id</c> in the configuration of an image, or the configuration does not state exactly one
    /// for each layer. Only a deep verification finds it.
    /// </summary>
    DiffIdMismatch,

    /// <summary>
    /// A layer cannot be decompressed or is not a tar archive, has a path outside of the image, or lacks the end of the archive. Only a deep
    /// verification finds it.
    /// </summary>
    InvalidLayer,

    /// <summary>
    /// OciLayout cannot read a layer or some of its entries: encryption, or an unsupported compression, media type or type of entry. Only a
    /// deep verification finds it.
    /// </summary>
    UnsupportedLayer,
}
