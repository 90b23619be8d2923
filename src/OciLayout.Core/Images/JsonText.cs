using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// Changes single members of a JSON document. All other bytes stay: unknown members, the order, the white space and the form of numbers. A
/// new member gets the white space of the member before it.
/// </summary>
internal sealed class JsonText
{
    private byte[] _bytes;

    /// <param name="document">A document that was parsed before. It is copied.</param>
    public JsonText(ReadOnlyMemory<byte> document) => _bytes = Json.WithoutByteOrderMark(document).ToArray();

    /// <summary>The document.</summary>
    public byte[] Bytes => _bytes;

    /// <summary>Returns a value as JSON.</summary>
    public static byte[] Of(object? value) => PlainJson.Write(value);

    /// <summary>Sets a member, or removes it. Objects on the way are created. An equal value is not written.</summary>
    /// <param name="value">The value as JSON; null to remove the member.</param>
    /// <param name="path">The names of the members from the root.</param>
    /// <returns>Whether the document was changed.</returns>
    public bool Set(byte[]? value, params string[] path)
    {
        var at = Start();
        for (var level = 0; ; level++)
        {
            var parts = Read(at);
            var found = parts.Items.FindLast(i => i.Name == path[level]);
            var isLast = level == path.Length - 1;
            if (found is null)
            {
                if (value is not null) Insert(parts, path[level], Nested(path, level + 1, value));
                return value is not null;
            }

            if (!isLast && _bytes[found.Value] == (byte)'{')
            {
                at = found.Value;
                continue;
            }

            if (value is null && isLast)
            {
                Remove(parts, found);
                Set(null, path); // an earlier member of the same name would count now
            }
            else if (value is null || JsonEquality.AreSame(Raw(found), Nested(path, level + 1, value))) return false;
            else Splice(found.Value, found.End, Nested(path, level + 1, value));
            return true;
        }
    }

    /// <summary>Returns the value of a member as JSON; null when it does not exist.</summary>
    public ReadOnlyMemory<byte>? Get(params string[] path) => Find(path) is { } item ? Raw(item) : (ReadOnlyMemory<byte>?)null;

    /// <summary>Returns the elements of an array as JSON; empty when it does not exist.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Elements(params string[] path) => Array(path) is { } parts ? [.. parts.Items.Select(Raw)] : [];

    /// <summary>Removes and replaces elements of an array in one pass.</summary>
    /// <param name="isRemoved">Returns whether the element at an index is removed.</param>
    /// <param name="replacement">Returns the new value of an element as JSON, or null to keep it; null to replace none.</param>
    /// <param name="path">The names of the members from the root.</param>
    public void ChangeElements(Predicate<int> isRemoved, Func<int, ReadOnlyMemory<byte>, byte[]?>? replacement, params string[] path)
    {
        if (Array(path) is not { Items.Count: > 0 } parts) return;
        var result = new MemoryStream(_bytes.Length);
        var (isEmpty, end) = (true, parts.Open + 1);
        result.Write(_bytes, 0, end);
        for (var i = 0; i < parts.Items.Count; i++)
        {
            var item = parts.Items[i];
            if (!isRemoved(i))
            {
                // The first element that stays gets the white space of the first one, and the others keep their commas.
                if (isEmpty) Copy(parts.Open + 1, parts.Items[0].Start);
                else Copy(end, item.Start);
                isEmpty = false;
                if (replacement?.Invoke(i, Raw(item)) is { } value) result.Write(value, 0, value.Length);
                else Copy(item.Value, item.End);
            }

            end = item.End;
        }

        Copy(end, _bytes.Length);
        _bytes = result.ToArray();

        void Copy(int from, int to) => result.Write(_bytes, from, to - from);
    }

    /// <summary>Appends an element to an array, which is created when it does not exist.</summary>
    public void Append(byte[] value, params string[] path)
    {
        if (Array(path) is { } parts) Insert(parts, null, value);
        else Set([(byte)'[', .. value, (byte)']'], path);
    }

    private static byte[] Nested(string[] path, int from, byte[] value)
    {
        for (var i = path.Length - 1; i >= from; i--) value = [(byte)'{', .. Of(path[i]), (byte)':', .. value, (byte)'}'];
        return value;
    }

    private int Start()
    {
        var at = 0;
        while (IsSpace(_bytes[at])) at++;
        return at;
    }

    private Item? Find(string[] path)
    {
        var at = Start();
        for (var level = 0; ; level++)
        {
            if (_bytes[at] != (byte)'{' || Read(at).Items.FindLast(i => i.Name == path[level]) is not { } found) return null;
            if (level == path.Length - 1) return found;
            at = found.Value;
        }
    }

    private Container? Array(string[] path) => Find(path) is { } item && _bytes[item.Value] == (byte)'[' ? Read(item.Value) : null;

    private ReadOnlyMemory<byte> Raw(Item item) => _bytes.AsMemory(item.Value, item.End - item.Value);

    // Reads the members of an object or the elements of an array.
    private Container Read(int open)
    {
        var reader = new Utf8JsonReader(_bytes.AsSpan(open), Json.ReaderOptions);
        reader.Read();
        var items = new List<Item>();
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            var start = open + (int)reader.TokenStartIndex;
            var nameEnd = start;
            string? name = null;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                nameEnd = start + reader.ValueSpan.Length + 2;
                name = Json.TextOrNull(ref reader);
                reader.Read();
            }

            var value = open + (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(new Item(name, start, nameEnd, value, open + (int)reader.BytesConsumed));
        }

        return new Container(open, items);
    }

    private void Insert(Container parts, string? name, byte[] value)
    {
        var last = parts.Items.Count > 0 ? parts.Items[parts.Items.Count - 1] : null;
        var at = last?.End ?? parts.Open + 1;
        var gap = last is null ? [] : _bytes.AsSpan(GapStart(last.Start), last.Start - GapStart(last.Start)).ToArray();
        byte[] colon = last is null || last.NameEnd == last.Start ? [(byte)':'] : _bytes.AsSpan(last.NameEnd, last.Value - last.NameEnd).ToArray();
        byte[] comma = last is null ? [] : [(byte)','];
        Splice(at, at, name is null ? [.. comma, .. gap, .. value] : [.. comma, .. gap, .. Of(name), .. colon, .. value]);
    }

    // Removes an item with the comma after it, or the comma before it when it is the last one.
    private void Remove(Container parts, Item item)
    {
        var index = parts.Items.IndexOf(item);
        if (index + 1 < parts.Items.Count) Splice(item.Start, parts.Items[index + 1].Start, []);
        else if (index > 0) Splice(parts.Items[index - 1].End, item.End, []);
        else Splice(GapStart(item.Start), item.End, []);
    }

    private int GapStart(int at)
    {
        while (IsSpace(_bytes[at - 1])) at--;
        return at;
    }

    private void Splice(int start, int end, byte[] value) => _bytes = [.. _bytes.AsSpan(0, start), .. value, .. _bytes.AsSpan(end)];

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private sealed record Item(string? Name, int Start, int NameEnd, int Value, int End);

    private sealed record Container(int Open, List<Item> Items);
}
