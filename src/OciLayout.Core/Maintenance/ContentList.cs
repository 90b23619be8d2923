using System;
using System.Collections.Generic;
using OciLayout.Maintenance;

namespace OciLayout;

/// <summary>What a place holds that cannot be reached, as somebody noted it: digests, and tags perhaps. All below a digest counts as held, too.</summary>
public sealed class ContentList
{
    private readonly List<ContentNote> _notes = [];

    /// <summary>The notes, in their order.</summary>
    public IReadOnlyList<ContentNote> Notes => _notes;

    /// <summary>
    /// Reads a list from a file: lines with a digest and perhaps a tag, CSV or JSON with the properties Digest, Tag, Size and MediaType, or the
    /// <c>index.json</c> of a layout.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: it is no such list.</exception>
    public static ContentList Read(string path) => ContentListText.Read(path);

    /// <summary>Adds a note.</summary>
    public void Add(ContentNote note) => _notes.Add(note.Digest.IsEmpty ? throw new ArgumentException("A note names content.", nameof(note)) : note);
}

/// <summary>That some content is held.</summary>
/// <param name="Digest">The content.</param>
/// <param name="Tag">A tag that names it, where one was noted.</param>
/// <param name="Size">Its length in bytes, where that was noted.</param>
/// <param name="MediaType">Its media type, where that was noted.</param>
public sealed record ContentNote(Digest Digest, string? Tag = null, long? Size = null, string? MediaType = null);
