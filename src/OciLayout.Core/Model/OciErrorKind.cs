namespace OciLayout;

/// <summary>The kinds of errors. The list is closed, and the names are stable: they are the error ids of the cmdlets.</summary>
public enum OciErrorKind
{
    /// <summary>The tag, digest, blob or layout does not exist.</summary>
    NotFound,

    /// <summary>The content already exists.</summary>
    AlreadyExists,

    /// <summary>The text is not a digest, or content cannot be stored under its algorithm.</summary>
    InvalidDigest,

    /// <summary>The text cannot be a tag or reference.</summary>
    InvalidReference,

    /// <summary>A digest prefix matches several digests.</summary>
    AmbiguousReference,

    /// <summary>A required reference is missing.</summary>
    MissingReference,

    /// <summary>The directory is not an image layout.</summary>
    InvalidLayout,

    /// <summary>The archive is truncated, inconsistent, or of an unsupported format.</summary>
    InvalidArchive,

    /// <summary><c>index.json</c> cannot be parsed as an image index.</summary>
    InvalidIndex,

    /// <summary>The content is not a valid manifest of its media type.</summary>
    InvalidManifest,

    /// <summary>The layout has a version other than 1.0.0.</summary>
    UnsupportedVersion,

    /// <summary>The text is not a media type (RFC 6838).</summary>
    InvalidMediaType,

    /// <summary>The operation does not support this media type.</summary>
    UnsupportedMediaType,

    /// <summary>The size of the content differs from its descriptor.</summary>
    SizeMismatch,

    /// <summary>The digest of the content differs from its descriptor.</summary>
    DigestMismatch,

    /// <summary>The content exceeds the size limit of the operation.</summary>
    SizeLimitExceeded,

    /// <summary>Content to delete is still referenced by content that stays.</summary>
    ContentReferenced,

    /// <summary>Another process held a lock of the store for longer than the timeout.</summary>
    StoreBusy,

    /// <summary>The store is read-only.</summary>
    ReadOnlyStore,

    /// <summary>The references in the store are not completely known, so nothing is deleted.</summary>
    IncompleteGraph,

    /// <summary>A name or link in an artifact points outside the target directory, or does not name a file.</summary>
    UnsafePath,

    /// <summary>The change is saved and visible, but a later step failed: a flush, or the deletion of files.</summary>
    IncompleteChange,

    /// <summary>The registry refused access, or the account is missing or wrong.</summary>
    Unauthorized,

    /// <summary>The registry limits requests, and asks for a longer wait than permitted.</summary>
    RateLimited,

    /// <summary>The registry did not answer, or answered with a temporary error, after all attempts.</summary>
    RegistryUnavailable,

    /// <summary>The registry refused a request or violated the protocol (distribution-spec).</summary>
    RegistryError,

    /// <summary>A server directed the client to an endpoint that must not receive requests or credentials. Nothing was sent there.</summary>
    UntrustedEndpoint,

    /// <summary>The registry, or a repository, does not support the operation.</summary>
    UnsupportedOperation,

    /// <summary>A tag names other content than before, so a change of that content does not get the tag.</summary>
    TagMoved,
}
