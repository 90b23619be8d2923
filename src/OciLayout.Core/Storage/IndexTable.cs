using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace OciLayout.Storage;

/// <summary>
/// <c>index.json</c> in memory: its entries in their order, and where tags and digests are among them. What surrounds the entries is
/// kept as bytes, so that writing an unchanged table gives the file back. Not safe for several threads; its owner locks.
/// </summary>
internal sealed class IndexTable
{
    private readonly List<IndexEntry?> _entries = [];
    private readonly Dictionary<string, int> _tags = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shadowed = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<int>> _digests = [];
    private readonly ReadOnlyMemory<byte> _before;
    private readonly ReadOnlyMemory<byte> _after;

    private IndexTable(ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        _before = before;
        _after = after;
    }

    /// <summary>An index without entries, as it is written on creation.</summary>
    public static ReadOnlySpan<byte> EmptyIndex =>
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"u8;

    /// <summary>The entries in file order.</summary>
    public IEnumerable<IndexEntry> Entries => _entries.Where(e => e is not null)!;

    public int Count { get; private set; }

    /// <summary>Parses a file.</summary>
    /// <exception cref="JsonException">It is no image index.</exception>
    public static IndexTable Parse(ReadOnlyMemory<byte> file) => Json.Guard(() => Read(Json.WithoutByteOrderMark(file)));

    private static IndexTable Read(ReadOnlyMemory<byte> document)
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        if (document.IsEmpty || !reader.Read()) throw new JsonException("it is empty");
        Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        List<IndexEntry>? entries = null;
        int before = 0, after = 0;
        var isNull = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isManifests = reader.ValueTextEquals("manifests"u8);
            reader.Read();
            if (!isManifests)
            {
                reader.Skip();
                continue;
            }

            if (entries is not null) throw new JsonException("it has the member 'manifests' twice");
            entries = [];
            before = (int)reader.TokenStartIndex;
            isNull = reader.TokenType == JsonTokenType.Null; // umoci init writes that
            if (isNull)
            {
                after = (int)reader.BytesConsumed;
                continue;
            }

            Json.Expect(ref reader, JsonTokenType.StartArray, "manifests", "an array");
            before = after = (int)reader.BytesConsumed;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                entries.Add(IndexEntry.Read(ref reader, document));
                after = (int)reader.BytesConsumed;
            }
        }

        if (reader.Read()) throw new JsonException($"something follows the document (at byte {reader.TokenStartIndex})");
        if (entries is null) throw new JsonException("it has no member 'manifests'");
        var table = isNull
            ? new IndexTable(Join(document.Slice(0, before), "["u8), Join(document.Slice(after), "]"u8, first: true))
            : new IndexTable(document.Slice(0, before), document.Slice(after));
        foreach (var entry in entries) table.Append(entry);
        return table;
    }

    /// <summary>The entry that a tag names: the last one that has it.</summary>
    public IndexEntry? FindTag(string tag) => _tags.TryGetValue(tag, out var at) ? _entries[at] : null;

    /// <summary>The entries of a digest, in file order.</summary>
    public IEnumerable<IndexEntry> FindDigest(Digest digest) =>
        _digests.TryGetValue(digest, out var at) ? at.Select(i => _entries[i]!) : [];

    public bool Lists(Digest digest) => _digests.ContainsKey(digest);

    /// <summary>All digests that are listed.</summary>
    public IEnumerable<Digest> Digests => _digests.Keys;

    /// <summary>All tags with the entries that they name, in no order.</summary>
    public IEnumerable<IndexEntry> Tagged => _tags.Values.Select(i => _entries[i]!);

    /// <summary>Appends an entry without a tag, unless the digest is listed.</summary>
    public bool Add(Descriptor descriptor)
    {
        if (Lists(descriptor.Digest)) return false;
        Append(Make(JsonOf(descriptor, null)));
        return true;
    }

    /// <summary>Makes a tag name a descriptor; entries that had the tag for something else keep their place without it.</summary>
    public bool SetTag(Descriptor descriptor, string tag)
    {
        var changed = false;
        var named = WithTag(tag);
        if (named.Count > 0 && _entries[named[named.Count - 1]] is { } last && last.Digest == descriptor.Digest && Says(last, descriptor))
        {
            named.RemoveAt(named.Count - 1); // it is named already; only what it shadows goes
            foreach (var shadowed in named) changed |= DropTag(shadowed);
            return changed;
        }

        foreach (var old in named) DropTag(old);
        var at = FirstUntagged(descriptor);
        if (at >= 0)
        {
            Set(at, Make(descriptor.HasExtras ? JsonOf(descriptor, tag) : EntryJson.WithTag(_entries[at]!.Json, tag), _entries[at]));
        }
        else
        {
            Append(Make(JsonOf(descriptor, tag)));
        }

        return true;
    }

    /// <summary>Takes a tag from all entries that have it.</summary>
    public bool RemoveTag(string tag)
    {
        var changed = false;
        foreach (var at in WithTag(tag)) changed |= DropTag(at);
        return changed;
    }

    /// <summary>Removes all entries of a digest.</summary>
    public bool Remove(Digest digest)
    {
        var at = At(digest);
        foreach (var i in at) Set(i, null);
        return at.Count > 0;
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        var result = new byte[_before.Length + _after.Length + _entries.Sum(e => e is null ? 0 : e.Raw.Length + 1) - (Count > 0 ? 1 : 0)];
        _before.CopyTo(result);
        var to = _before.Length;
        var first = true;
        foreach (var entry in Entries)
        {
            if (!first) result[to++] = (byte)',';
            first = false;
            entry.Raw.CopyTo(result.AsMemory(to));
            to += entry.Raw.Length;
        }

        _after.CopyTo(result.AsMemory(to));
        return result;
    }

    // An entry that says the same as another one of its digest is not left behind: a manifest with n tags has n entries.
    private bool DropTag(int at)
    {
        var entry = _entries[at]!;
        var without = Make(EntryJson.WithTag(entry.Json, null), entry);
        var twin = !entry.Digest.IsEmpty && At(entry.Digest).Any(i => i != at && SameButTag(_entries[i]!, without));
        Set(at, twin ? null : without);
        return true;
    }

    private static bool SameButTag(IndexEntry entry, IndexEntry without) =>
        (entry.Tag is null ? entry.Json : EntryJson.WithTag(entry.Json, null)).Span.SequenceEqual(without.Json.Span);

    // A plain descriptor says nothing new about an entry of the same digest.
    private static bool Says(IndexEntry entry, Descriptor descriptor) =>
        entry.Problem is null && entry.MediaType == descriptor.MediaType && entry.Size == descriptor.Size
        && (!descriptor.HasExtras || EntryJson.WithTag(JsonOf(descriptor, null), null).AsSpan().SequenceEqual(EntryJson.WithTag(entry.Json, null)));

    private static byte[] JsonOf(Descriptor descriptor, string? tag) =>
        EntryJson.WithTag(descriptor.Json.IsEmpty ? DescriptorJson.Write(descriptor) : descriptor.Json, tag);

    // New entries are set off as their neighbours are, so that a file that people indent stays readable.
    private IndexEntry Make(byte[] json, IndexEntry? old = null)
    {
        var neighbour = old ?? Entries.FirstOrDefault();
        if (neighbour is null || neighbour.Leading == 0) return IndexEntry.Create(json);
        return IndexEntry.Create(Join(neighbour.Raw.Slice(0, neighbour.Leading), json));
    }

    private static byte[] Join(ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> more, bool first = false)
    {
        var result = new byte[bytes.Length + more.Length];
        bytes.Span.CopyTo(result.AsSpan(first ? more.Length : 0));
        more.CopyTo(result.AsSpan(first ? 0 : bytes.Length));
        return result;
    }

    private List<int> WithTag(string tag)
    {
        if (!_tags.TryGetValue(tag, out var last)) return [];
        if (!_shadowed.Contains(tag)) return [last];
        return [.. Enumerable.Range(0, _entries.Count).Where(i => _entries[i]?.Tag == tag)];
    }

    // An entry that is malformed, or says another type or size, cannot carry the tag: it would not mean what was tagged.
    private int FirstUntagged(Descriptor descriptor)
    {
        if (_digests.TryGetValue(descriptor.Digest, out var places))
        {
            foreach (var at in places)
            {
                if (_entries[at] is { Tag: null, Problem: null } entry && entry.MediaType == descriptor.MediaType && entry.Size == descriptor.Size) return at;
            }
        }

        return -1;
    }

    private List<int> At(Digest digest) => !digest.IsEmpty && _digests.TryGetValue(digest, out var at) ? [.. at] : [];

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
            _entries[at] = null;
            if (!old.Digest.IsEmpty && _digests.TryGetValue(old.Digest, out var places))
            {
                places.Remove(at);
                if (places.Count == 0) _digests.Remove(old.Digest);
            }

            if (old.Tag is not null && _tags.TryGetValue(old.Tag, out var named) && named == at) Unname(old.Tag);
        }

        if (entry is null) return;
        _entries[at] = entry;
        Count++;
        if (!entry.Digest.IsEmpty)
        {
            if (!_digests.TryGetValue(entry.Digest, out var places)) _digests.Add(entry.Digest, places = new List<int>(1));
            var place = places.BinarySearch(at);
            places.Insert(~place, at);
        }

        if (entry.Tag is null) return;
        if (_tags.TryGetValue(entry.Tag, out var other))
        {
            _shadowed.Add(entry.Tag);
            if (other > at) return; // the last one in the file names it
        }

        _tags[entry.Tag] = at;
    }

    // The entry that named a tag goes; one that it shadowed names it now.
    private void Unname(string tag)
    {
        _tags.Remove(tag);
        if (!_shadowed.Contains(tag)) return;
        var last = _entries.FindLastIndex(e => e?.Tag == tag);
        if (last >= 0) _tags[tag] = last;
    }
}
