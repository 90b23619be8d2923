using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>
/// The entries of <c>index.json</c> in memory, in file order, with maps of tags and digests. The bytes around the entries are kept, so an
/// unchanged table is written as the same bytes. Not thread-safe: the owner locks.
/// </summary>
internal sealed class IndexTable
{
    private readonly ReadOnlyMemory<byte> _before;
    private readonly List<IndexEntry?> _entries;
    private readonly ReadOnlyMemory<byte> _after;
    private readonly IndexLookup _places;
    private int _first;
    private IReadOnlyList<IndexEntry>? _list; // null after a change

    private IndexTable(IndexDocument document)
    {
        (_before, _entries, _after) = document;
        _places = new IndexLookup(_entries);
        Count = _entries.Count;
    }

    /// <summary>The content of a new index without entries.</summary>
    public static ReadOnlySpan<byte> EmptyIndex =>
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"u8;

    /// <summary>The entries in file order.</summary>
    public IEnumerable<IndexEntry> Entries => _entries.Where(e => e is not null)!;

    /// <summary>Returns the entries in file order as a list that later changes do not affect.</summary>
    public IReadOnlyList<IndexEntry> ToList()
    {
        if (_list is not null) return _list;
        var result = new List<IndexEntry>(Count);
        foreach (var entry in _entries)
        {
            if (entry is not null) result.Add(entry);
        }

        return _list = result;
    }

    public int Count { get; private set; }

    /// <summary>Parses a file.</summary>
    /// <exception cref="JsonException">The file is not an image index.</exception>
    public static IndexTable Parse(byte[] file) => Parse(() => new MemoryStream(file), CancellationToken.None);

    /// <summary>Parses a file that a function opens.</summary>
    /// <exception cref="JsonException">The file is not an image index.</exception>
    public static IndexTable Parse(Func<Stream> open, CancellationToken cancellationToken) => new(IndexDocument.Parse(open, cancellationToken));

    /// <summary>Returns the entry of a tag: the last one, if several entries have the tag.</summary>
    public IndexEntry? FindTag(string tag) => _places.Last(tag) is >= 0 and var at ? _entries[at] : null;

    /// <summary>Returns the entries of a digest in file order.</summary>
    public IEnumerable<IndexEntry> FindDigest(Digest digest) => At(digest).Select(at => _entries[at]!);

    /// <summary>Returns the number of entries of a digest.</summary>
    public int CountOf(Digest digest)
    {
        var count = 0;
        foreach (var tagged in (ReadOnlySpan<bool>)[false, true])
        {
            for (var at = _places.Last(digest, tagged); at >= 0; at = _places.Before(at, tagged)) count++;
        }

        return count;
    }

    public bool Lists(Digest digest) => _places.Last(digest, tagged: true) >= 0 || _places.Last(digest, tagged: false) >= 0;

    /// <summary>Returns whether an entry lists content as the same kind. A digest can be listed as a blob and as a manifest.</summary>
    public bool Lists(Descriptor descriptor)
    {
        foreach (var tagged in (ReadOnlySpan<bool>)[true, false])
        {
            for (var at = _places.Last(descriptor.Digest, tagged); at >= 0; at = _places.Before(at, tagged))
            {
                if (MediaTypes.KindOf(_entries[at]!.MediaType) == descriptor.Kind) return true;
            }
        }

        return false;
    }

    /// <summary>The listed digests, without duplicates.</summary>
    public IEnumerable<Digest> Digests => Entries.Where(e => !e.Digest.IsEmpty).Select(e => e.Digest).Distinct();

    /// <summary>Returns the entries of all tags in file order.</summary>
    public List<IndexEntry> Tagged()
    {
        var result = new List<IndexEntry>(Count);
        for (var at = 0; at < _entries.Count; at++)
        {
            if (_entries[at] is { Tag: { } tag } entry && _places.Last(tag) == at) result.Add(entry);
        }

        return result;
    }

    /// <summary>Appends an entry without a tag, unless the content is already listed.</summary>
    public bool Add(Descriptor descriptor)
    {
        if (Lists(descriptor)) return false;
        Append(Make(DescriptorAnnotations.WithTag(JsonOf(descriptor), null)));
        return true;
    }

    /// <summary>
    /// Appends an entry without a tag, unless an entry of the digest already has the same annotations and other members. A descriptor with
    /// none of these is appended only if its digest is not listed.
    /// </summary>
    public bool AddEntry(Descriptor descriptor)
    {
        if (!descriptor.HasExtras) return Add(descriptor);
        var without = WithoutNames(JsonOf(descriptor));
        descriptor.Annotations.TryGetValue(AnnotationKeys.ContainerdImageName, out var name);
        if (FindDigest(descriptor.Digest).Any(e => e.Problem is null && (name is null || e.ImageName == name) && SameButNames(e, without))) return false;
        Append(Make(DescriptorAnnotations.WithTag(JsonOf(descriptor), null)));
        return true;
    }

    /// <summary>Assigns a tag to a descriptor. Entries that had the tag for other content stay in place without it.</summary>
    public bool SetTag(Descriptor descriptor, string tag)
    {
        var changed = false;
        var named = WithTag(tag);
        var last = named.Count > 0 ? _entries[named[named.Count - 1]] : null;
        var imageName = ImageNameOf(descriptor, tag, last);
        if (last is not null && last.Digest == descriptor.Digest && Matches(last, descriptor, imageName))
        {
            named.RemoveAt(named.Count - 1); // the tag is already set; only remove it from earlier entries
            foreach (var shadowed in named) changed |= DropTag(shadowed);
            return changed;
        }

        foreach (var old in named) DropTag(old);
        var at = FirstUntagged(descriptor, imageName);
        if (at >= 0) Set(at, Make(Named(descriptor.HasExtras ? JsonOf(descriptor) : _entries[at]!.Json, tag, imageName), _entries[at]));
        else Append(Make(Named(JsonOf(descriptor), tag, imageName)));
        return true;
    }

    /// <summary>Removes a tag from all entries that have it.</summary>
    public bool RemoveTag(string tag)
    {
        var changed = false;
        foreach (var at in WithTag(tag)) changed |= DropTag(at);
        return changed;
    }

    /// <summary>Removes all entries of a digest.</summary>
    public bool Remove(Digest digest)
    {
        var before = Count;
        foreach (var tagged in (ReadOnlySpan<bool>)[false, true])
        {
            while (_places.Last(digest, tagged) is >= 0 and var at) Set(at, null);
        }

        return Count < before;
    }

    /// <summary>Returns the current content of the file.</summary>
    public IndexContent ToImage() => new(_before, ToList(), _after);

    /// <summary>Returns the bytes of the file.</summary>
    public byte[] ToBytes() => ToImage().ToBytes();

    // The image name for containerd belongs to the tag. A moved tag keeps the image name of its old entry, but a descriptor does not bring
    // along an image name that belongs to another tag of the same content.
    private string? ImageNameOf(Descriptor descriptor, string tag, IndexEntry? before)
    {
        if (!descriptor.Annotations.TryGetValue(AnnotationKeys.ContainerdImageName, out var name)) return before?.ImageName;
        var isTaken = FindDigest(descriptor.Digest).Any(e => e.ImageName == name && e.Tag is not null && e.Tag != tag);
        return !isTaken ? name : before?.ImageName ?? (ImageName.IsValid(tag) ? ImageName.Expand(tag) : null);
    }

    private static byte[] Named(ReadOnlyMemory<byte> json, string tag, string? imageName)
    {
        var differs = imageName is not null || HasImageName(json);
        return DescriptorAnnotations.WithTag(differs ? DescriptorAnnotations.WithImageName(json, imageName) : json, tag);
    }

    // Removes the entry if another entry of the digest is equal without names. Otherwise repeated tagging would leave many equal entries.
    private bool DropTag(int at)
    {
        var entry = _entries[at]!;
        var without = Make(WithoutNames(entry.Json), entry);
        var twin = HasTwin(at, entry, without);
        Set(at, twin ? null : without);
        return true;
    }

    // Checks entries without a tag first: they need no edit before the comparison, and there are few of them.
    private bool HasTwin(int at, IndexEntry entry, IndexEntry without)
    {
        if (entry.Digest.IsEmpty) return false;
        foreach (var tagged in (ReadOnlySpan<bool>)[false, true])
        {
            for (var other = _places.Last(entry.Digest, tagged); other >= 0; other = _places.Before(other, tagged))
            {
                if (other != at && SameButNames(_entries[other]!, without.Json)) return true;
            }
        }

        return false;
    }

    private static bool SameButNames(IndexEntry entry, ReadOnlyMemory<byte> without) =>
        JsonEquality.AreSame(entry.IsNamed ? WithoutNames(entry.Json) : entry.Json, without);

    private static byte[] WithoutNames(ReadOnlyMemory<byte> json)
    {
        var result = DescriptorAnnotations.WithTag(json, null);
        return HasImageName(result) ? DescriptorAnnotations.WithImageName(result, null) : result;
    }

    // May also find the text elsewhere in the entry, which only costs time.
    private static bool HasImageName(ReadOnlyMemory<byte> json) => json.Span.IndexOf(DescriptorAnnotations.ImageName) >= 0;

    // A descriptor without other members matches any entry with its digest, media type and size.
    private static bool Matches(IndexEntry entry, Descriptor descriptor, string? imageName) =>
        entry.Problem is null && entry.MediaType == descriptor.MediaType && entry.Size == descriptor.Size
        && (!descriptor.HasExtras || (entry.ImageName == imageName && SameButNames(entry, WithoutNames(JsonOf(descriptor)))));

    private static ReadOnlyMemory<byte> JsonOf(Descriptor descriptor) => descriptor.Json.IsEmpty ? DescriptorJson.Write(descriptor) : descriptor.Json;

    // Gives a new entry the leading white space of its neighbor, so that an indented file stays readable.
    private IndexEntry Make(byte[] json, IndexEntry? old = null)
    {
        while (_first < _entries.Count && _entries[_first] is null) _first++; // a freed position is never used again
        var neighbour = old ?? (_first < _entries.Count ? _entries[_first] : null);
        if (neighbour is null || neighbour.Leading == 0) return IndexEntry.Create(json);
        return IndexEntry.Create(Bytes.Join(neighbour.Raw.Span.Slice(0, neighbour.Leading), json));
    }

    private List<int> WithTag(string tag)
    {
        var result = new List<int>(1);
        for (var at = _places.Last(tag); at >= 0; at = _places.BeforeOfTag(at)) result.Add(at);
        result.Reverse();
        return result;
    }

    // Finds the first entry without a tag that can carry the tag: it must be valid and have the same media type and size. Annotations of
    // one entry must not replace those of another.
    private int FirstUntagged(Descriptor descriptor, string? imageName)
    {
        var first = -1;
        for (var at = _places.Last(descriptor.Digest, tagged: false); at >= 0; at = _places.Before(at, tagged: false))
        {
            if (_entries[at] is { Problem: null } entry && entry.MediaType == descriptor.MediaType && entry.Size == descriptor.Size
                && (entry.ImageName ?? imageName) == imageName && (!descriptor.HasExtras || !entry.Describe().HasExtras || Matches(entry, descriptor, entry.ImageName))) first = at;
        }

        return first;
    }

    private List<int> At(Digest digest)
    {
        var result = new List<int>(1);
        for (var at = _places.Last(digest, tagged: true); at >= 0; at = _places.Before(at, tagged: true)) result.Add(at);
        for (var at = _places.Last(digest, tagged: false); at >= 0; at = _places.Before(at, tagged: false)) result.Add(at);
        if (result.Count > 1) result.Sort();
        return result;
    }

    private void Append(IndexEntry entry)
    {
        _entries.Add(null);
        Set(_entries.Count - 1, entry);
    }

    private void Set(int at, IndexEntry? entry)
    {
        if (_entries[at] is { } old)
        {
            Count--;
            _places.Remove(at, old);
        }

        _list = null;
        _entries[at] = entry;
        if (entry is null) return;
        Count++;
        _places.Add(at, entry);
    }
}
