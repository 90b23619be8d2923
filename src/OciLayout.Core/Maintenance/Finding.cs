using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>What can be wrong with a layout, as a closed list. The names are stable.</summary>
public enum FindingProblem
{
    /// <summary><c>oci-layout</c> is not there.</summary>
    LayoutMissing,

    /// <summary><c>oci-layout</c> cannot be read (image-spec, image-layout, "oci-layout file").</summary>
    LayoutInvalid,

    /// <summary><c>oci-layout</c> names another version than 1.0.0.</summary>
    UnsupportedVersion,

    /// <summary><c>index.json</c> is not there.</summary>
    IndexMissing,

    /// <summary><c>index.json</c> cannot be parsed as an image index.</summary>
    IndexInvalid,

    /// <summary><c>index.json</c> can be read, but breaks the schema of an image index.</summary>
    IndexSchema,

    /// <summary>A descriptor breaks its grammar: its digest, size or media type (image-spec, descriptor).</summary>
    InvalidDescriptor,

    /// <summary>A descriptor embeds data that is not its content.</summary>
    DataMismatch,

    /// <summary>The document can be read here, and breaks the specification so that other tools cannot read it, or lacks members that it requires.</summary>
    ManifestSchema,

    /// <summary>The directory <c>blobs</c> is not there (image-spec, image-layout).</summary>
    BlobsMissing,

    /// <summary>The index lists manifests, and no entry has a name. Garbage collection would keep none of them.</summary>
    NoTags,

    /// <summary>A repair could not bring tags back, or removed them because their content is not stored.</summary>
    TagsLost,

    /// <summary>Several entries have the same tag; the last one counts.</summary>
    DuplicateTag,

    /// <summary>A tag breaks the grammar (image-spec, annotations).</summary>
    InvalidTag,

    /// <summary>Content is named and not stored.</summary>
    Missing,

    /// <summary>The subject of a manifest is not stored; the specification allows that.</summary>
    DanglingSubject,

    /// <summary>Stored content has another length than a descriptor says.</summary>
    SizeMismatch,

    /// <summary>Stored content is not what its name says.</summary>
    DigestMismatch,

    /// <summary>A manifest cannot be parsed.</summary>
    InvalidManifest,

    /// <summary>A manifest says of itself that it is of another type than its descriptor says.</summary>
    MediaTypeMismatch,

    /// <summary>A manifest is larger than what is read of one.</summary>
    TooLarge,

    /// <summary>The digest is of an algorithm that cannot be verified here.</summary>
    Unverifiable,

    /// <summary>The file cannot be read at all.</summary>
    Unreadable,

    /// <summary>Nothing in the index reaches the content; garbage collection removes it.</summary>
    Unreferenced,

    /// <summary>An upload that nobody finishes any more.</summary>
    StaleUpload,

    /// <summary>A symbolic link stands where a file of the layout belongs.</summary>
    Link,

    /// <summary>The permissions of a file keep its readers out, or let others change it.</summary>
    Permission,

    /// <summary>A file that does not belong to an image layout.</summary>
    UnknownFile,
}

/// <summary>How bad it is. Only an error makes a store unsound.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know.</summary>
    Notice,

    /// <summary>Something is not as it should be, and nothing that is tagged suffers from it.</summary>
    Warning,

    /// <summary>Something that the index promises cannot be had.</summary>
    Error,
}

/// <summary>What a repair does about it.</summary>
public enum FindingRemedy
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Writes <c>oci-layout</c>.</summary>
    WriteLayout,

    /// <summary>Rebuilds <c>index.json</c> from the blobs; the old file is kept.</summary>
    RebuildIndex,

    /// <summary>Writes <c>index.json</c> anew as the schema has it; the old file is kept.</summary>
    RewriteIndex,

    /// <summary>Moves the file aside, and fetches the content from a source that has it.</summary>
    Replace,

    /// <summary>Fetches the content from a source that has it; else drops the entry, if that is asked for.</summary>
    Fetch,

    /// <summary>Removes the file.</summary>
    Remove,

    /// <summary>Gives the file the permissions that it should have.</summary>
    SetPermission,
}

/// <summary>Something that is wrong with a layout, or worth knowing of it.</summary>
public sealed class Finding
{
    internal Finding(FindingProblem problem, FindingSeverity severity, string path)
    {
        Problem = problem;
        Severity = severity;
        Path = path;
    }

    /// <summary>What it is.</summary>
    public FindingProblem Problem { get; }

    /// <summary>How bad it is.</summary>
    public FindingSeverity Severity { get; }

    /// <summary>The file that it is in.</summary>
    public string Path { get; }

    /// <summary>The content that it is about; empty when it is about none.</summary>
    public Digest Digest { get; init; }

    /// <summary>What should be there.</summary>
    public string? Expected { get; init; }

    /// <summary>What is there.</summary>
    public string? Actual { get; init; }

    /// <summary>The tags that need the content.</summary>
    public IReadOnlyList<string> Tags { get; init; } = Array.Empty<string>();

    /// <summary>What a repair does about it.</summary>
    public FindingRemedy Remedy { get; init; }

    /// <summary>Why a repair did not mend it; null when it did, or none was tried.</summary>
    public string? Reason { get; private set; }

    /// <summary>The digests of the named entries of the index that need the content.</summary>
    internal IReadOnlyCollection<Digest> Roots { get; init; } = Array.Empty<Digest>();

    /// <summary>The same finding with the reason why it was not mended.</summary>
    internal Finding NotMended(string reason)
    {
        var result = (Finding)MemberwiseClone();
        result.Reason = reason;
        return result;
    }
}
