using System;
using System.Collections.Generic;
using System.IO;
using OciLayout.Common;
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

    /// <summary>Reads a list from JSON: an array of digests or of objects with digests, or the <c>index.json</c> of a layout.</summary>
    /// <param name="json">A stream that can seek. The stream is not closed.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: the text is not such a list. <see cref="OciException.Actual"/> is
    /// the problem.</exception>
    internal static ContentList ReadJson(Stream json) => ContentListJson.Read(json);

    /// <summary>Adds a note.</summary>
    public void Add(ContentNote note) => _notes.Add(Guard.NotNull(note).Digest.IsEmpty ? throw new ArgumentException("A note needs a digest.", nameof(note)) : note);
}
