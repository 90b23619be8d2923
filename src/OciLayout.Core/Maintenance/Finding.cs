using System;
using System.Collections.Generic;

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

    /// <summary>A manifest exceeds the size limit for manifests.</summary>
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
}

/// <summary>The severity of a finding. Only errors make a store invalid.</summary>
public enum FindingSeverity
{
    /// <summary>Information that needs no action.</summary>
    Notice,

    /// <summary>A problem that affects no tagged content.</summary>
    Warning,

    /// <summary>Content that the index promises is missing or corrupt.</summary>
    Error,
}

/// <summary>The action that a repair takes for a finding.</summary>
public enum FindingRemedy
{
    /// <summary>No action.</summary>
    None,

    /// <summary>Writes <c>oci-layout</c>.</summary>
    WriteLayout,

    /// <summary>Rebuilds <c>index.json</c> from the blobs and keeps the old file.</summary>
    RebuildIndex,

    /// <summary>Rewrites <c>index.json</c> to match its schema and keeps the old file.</summary>
    RewriteIndex,

    /// <summary>Moves the file to the quarantine and fetches the content from a source that has it.</summary>
    Replace,

    /// <summary>
    /// Fetches the content from a source that has it, or else drops the index entries that need it if
    /// <see cref="RepairOptions.DropMissing"/> is set.
    /// </summary>
    Fetch,

    /// <summary>Deletes the file.</summary>
    Remove,

    /// <summary>Gives the file the permissions that it should have.</summary>
    SetPermission,
}

/// <summary>A problem of a layout, or other information about it.</summary>
public sealed class Finding
{
    internal Finding(FindingProblem problem, FindingSeverity severity, string path)
    {
        Problem = problem;
        Severity = severity;
        Path = path;
    }

    /// <summary>Gets the problem.</summary>
    public FindingProblem Problem { get; }

    /// <summary>Gets the severity.</summary>
    public FindingSeverity Severity { get; }

    /// <summary>Gets the path of the file that has the problem.</summary>
    public string Path { get; }

    /// <summary>Gets the digest of the content concerned; empty if there is none.</summary>
    public Digest Digest { get; init; }

    /// <summary>Gets the expected state.</summary>
    public string? Expected { get; init; }

    /// <summary>Gets the actual state.</summary>
    public string? Actual { get; init; }

    /// <summary>Gets the tags that need the content.</summary>
    public IReadOnlyList<string> Tags { get; init; } = Array.Empty<string>();

    /// <summary>Gets the action that a repair takes.</summary>
    public FindingRemedy Remedy { get; init; }

    /// <summary>Gets the reason why a repair did not solve the problem; null if it did, or if none was attempted.</summary>
    public string? Reason { get; private set; }

    /// <summary>Gets the digests of the index entries with a name that need the content.</summary>
    internal IReadOnlyCollection<Digest> Roots { get; init; } = Array.Empty<Digest>();

    /// <summary>Returns a copy of this finding with the reason why it was not repaired.</summary>
    internal Finding NotMended(string reason)
    {
        var result = (Finding)MemberwiseClone();
        result.Reason = reason;
        return result;
    }
}
