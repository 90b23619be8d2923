using System;
using System.Collections.Generic;
using OciLayout.Maintenance;

namespace OciLayout;

/// <summary>
/// A saved list of the content of a store that cannot be reached: digests, and optionally tags. Everything below a listed digest counts as
/// present, too.
/// </summary>
public sealed class ContentList
{
    private readonly List<ContentNote> _notes = [];

    /// <summary>Gets the notes in their order.</summary>
    public IReadOnlyList<ContentNote> Notes => _notes;

    /// <summary>
    /// Reads a list from a file. The file has lines with a digest and optionally a tag, or is CSV or JSON with the properties Digest, Tag,
    /// Size and MediaType, or is the <c>index.json</c> of a layout.
    /// </summary>
    /// <see cref="OciErrorKind.InvalidDigest"/>: the file is not such a list.
    internal static ContentList Read(string path) => ContentListText.Read(path);

    /// <summary>Adds a note.</summary>
    public void Add(ContentNote note) => _notes.Add(note.Digest.IsEmpty ? throw new ArgumentException("A note needs a digest.", nameof(note)) : note);
}
