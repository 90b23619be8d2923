using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>What went wrong, as a closed list. The names are stable: they are the error ids of the cmdlets.</summary>
public enum OciErrorKind
{
    /// <summary>The tag, digest, blob or layout is not there.</summary>
    NotFound,

    /// <summary>The content is stored already.</summary>
    AlreadyExists,

    /// <summary>The text is not a digest, or not one of an algorithm that can be stored.</summary>
    InvalidDigest,

    /// <summary>The text cannot be a tag or reference.</summary>
    InvalidReference,

    /// <summary>A digest prefix fits several digests.</summary>
    AmbiguousReference,

    /// <summary>A reference is needed and none was given.</summary>
    MissingReference,

    /// <summary>The directory is no image layout.</summary>
    InvalidLayout,

    /// <summary>The archive is cut off, lies about itself, or is of a kind that cannot be read.</summary>
    InvalidArchive,

    /// <summary><c>index.json</c> cannot be parsed as an image index.</summary>
    InvalidIndex,

    /// <summary>The bytes are not the manifest that their media type promises.</summary>
    InvalidManifest,

    /// <summary>The layout has a version other than 1.0.0.</summary>
    UnsupportedVersion,

    /// <summary>The text is not a media type (RFC 6838).</summary>
    InvalidMediaType,

    /// <summary>The media type cannot be used for this.</summary>
    UnsupportedMediaType,

    /// <summary>The content has another length than its descriptor says.</summary>
    SizeMismatch,

    /// <summary>The content has another digest than its descriptor says.</summary>
    DigestMismatch,

    /// <summary>The content is larger than the limit for what was asked.</summary>
    SizeLimitExceeded,

    /// <summary>Something that stays still points at what should go.</summary>
    ContentReferenced,

    /// <summary>Another process holds the store for longer than the time-out.</summary>
    StoreBusy,

    /// <summary>The store cannot be changed.</summary>
    ReadOnlyStore,

    /// <summary>What the store holds cannot be established, so nothing is removed.</summary>
    IncompleteGraph,

    /// <summary>A name or link of an artifact would lead out of the directory that it is unpacked into, or mean no file.</summary>
    UnsafePath,

    /// <summary>The change was made and is visible. A later step of it failed: a flush, or the deletion of files.</summary>
    IncompleteChange,
}

/// <summary>The one exception of the core: a kind, what it is about, and what was expected and found.</summary>
public sealed class OciException : Exception
{
    /// <summary>Creates an exception with its facts.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">One or two sentences for a person, naming the file or reference. Characters that are not printable are escaped.</param>
    /// <param name="subject">The digest, reference or path that it is about.</param>
    /// <param name="innerException">What caused it.</param>
    public OciException(OciErrorKind kind, string message, string? subject = null, Exception? innerException = null)
        : base(PrintableText.Escape(message), innerException)
    {
        Kind = kind;
        Subject = subject;
    }

    /// <summary>What went wrong.</summary>
    public OciErrorKind Kind { get; }

    /// <summary>The digest, reference or path that it is about.</summary>
    public string? Subject { get; }

    /// <summary>What should have been there, when that can be said.</summary>
    public string? Expected { get; init; }

    /// <summary>What was there instead.</summary>
    public string? Actual { get; init; }

    /// <summary>Further names: the candidates of an ambiguous prefix, the tags and manifests that hold something.</summary>
    public IReadOnlyList<string> Related { get; init; } = Array.Empty<string>();
}
