using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Safety.Steps;
using OciLayout.Sessions;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// The functions that parse untrusted text. Each returns a few words that tell kinds of inputs apart, and throws when the parser breaks a
/// rule.
/// </summary>
internal static class FuzzTargets
{
    private const string SessionId = "0123456789abcdef0123456789abcdef";
    private const string NewTag = "a-tag-that-no-input-has";

    private static readonly Descriptor Other = new(MediaTypes.ImageManifest, Digest.Parse("sha256:" + new string('5', 64)), 1234);

    public static readonly IReadOnlyDictionary<string, Func<byte[], string>> All = new Dictionary<string, Func<byte[], string>>
    {
        ["digest"] = bytes => OfDigest(Text(bytes)),
        ["reference"] = bytes => OfReference(Text(bytes)),
        ["platform"] = bytes => OfPlatform(Text(bytes)),
        ["descriptor"] = OfDescriptor,
        ["written"] = OfWritten,
        ["index"] = OfIndex,
        ["manifest"] = OfManifest,
        ["claims"] = OfClaims,
        ["layout"] = OfLayout,
        ["archive"] = OfArchive,
        ["list"] = OfList,
    };

    private static string OfDigest(string text)
    {
        bool valid = Digest.TryParse(text, out Digest digest);
        try
        {
            Assert.Equal(digest, Digest.Parse(text));
        }
        catch (OciException e) when (!valid)
        {
            return Told(e, OciErrorKind.InvalidDigest);
        }

        Assert.True(valid);
        Assert.Equal(text, digest.ToString());
        Assert.Equal(text, digest.Algorithm + ":" + digest.Encoded);
        string path = LayoutNames.Blob(digest);
        Assert.Equal(2, path.Count(c => c == '/'));
        Assert.DoesNotContain(path, c => c is '\\' or '\0' or ':' || char.IsControl(c));
        Assert.DoesNotContain(path.Split('/'), p => p is "" or "." or "..");
        _ = FallbackTag.Of(digest);
        return digest.IsVerifiable ? "digest" : "foreign digest";
    }

    private static string OfReference(string text)
    {
        bool fallback = FallbackTag.Is(text);
        try
        {
            Reference.CheckTag(text, Other.Digest.ToString());
        }
        catch (OciException e)
        {
            return Told(e, OciErrorKind.InvalidReference, OciErrorKind.MissingReference);
        }

        IndexTable table = IndexTable.Parse(IndexTable.EmptyIndex.ToArray());
        table.SetTag(Other, text);
        IndexEntry entry = IndexTable.Parse(table.ToBytes()).FindTag(text)!; // a valid tag can be read back
        Assert.Equal(Other.Digest, entry.Digest);
        return fallback ? "fallback tag" : text == Other.Digest.ToString() ? "itself" : "tag";
    }

    private static string OfPlatform(string text)
    {
        try
        {
            Assert.Equal(text, Platform.Parse(text).ToString());
            return "platform";
        }
        catch (FormatException e)
        {
            return "FormatException " + (e.Message.Length < 400);
        }
    }

    private static string OfDescriptor(byte[] bytes)
    {
        Descriptor descriptor;
        try
        {
            descriptor = ReadDescriptor(bytes);
        }
        catch (JsonException e)
        {
            return "JsonException " + Shape(e.Message);
        }

        Same(descriptor, ReadDescriptor(DescriptorJson.Write(descriptor)));
        return "descriptor " + (descriptor.HasExtras ? "with more" : "alone");
    }

    // Writes a descriptor of arbitrary text, as a caller may pass. It reads back the same, except that unpaired surrogates are replaced.
    private static string OfWritten(byte[] bytes)
    {
        string text = Text(bytes);
        string[] parts = text.Split(',', 8);
        string Part(int at) => parts[at % parts.Length];
        var descriptor = new Descriptor(Part(0), Other.Digest, bytes.Length)
        {
            ArtifactType = Part(1),
            Annotations = new Dictionary<string, string> { [Part(2)] = Part(3) },
            Platform = new Platform(Part(4), Part(5)) { Variant = Part(6) },
            Urls = [Part(7)],
        };
        IndexTable table = IndexTable.Parse(IndexTable.EmptyIndex.ToArray());
        table.SetTag(descriptor, NewTag);
        IndexEntry entry = IndexTable.Parse(table.ToBytes()).FindTag(NewTag)!;
        Descriptor read = entry.ToDescriptor();
        Assert.Equal(Clean(descriptor.MediaType), read.MediaType);
        Assert.Equal(Clean(Part(1)), read.ArtifactType);
        if (Part(2) != AnnotationKeys.RefName) Assert.Equal(Clean(Part(3)), read.Annotations[Clean(Part(2))]);
        return "written";
    }

    private static string OfIndex(byte[] bytes)
    {
        Assert.Equal(AsCut(() => IndexDocument.ParseJson(bytes, CancellationToken.None)), AsCut(() => IndexDocument.Parse(() => new MemoryStream(bytes), CancellationToken.None)));
        IndexTable table;
        try
        {
            table = IndexTable.Parse(bytes);
        }
        catch (JsonException e)
        {
            return "JsonException " + Shape(e.Message);
        }

        byte[] plain = Json.WithoutByteOrderMark(bytes).ToArray();
        byte[] written = table.ToBytes();
        bool sameBytes = written.AsSpan().SequenceEqual(plain);
        bool wasNull = table.Count == 0 && Encoding.UTF8.GetString(plain).Contains("null", StringComparison.Ordinal);
        if (!sameBytes && !wasNull) // white space before a comma is not kept
            Assert.Equal(JsonTree.Parse(plain)?.ToString(), JsonTree.Parse(written)?.ToString());

        var told = new SortedSet<string>(StringComparer.Ordinal)
        {
            sameBytes ? "index" : wasNull ? "index of null" : "index with blanks",
            table.Count == 0 ? "empty" : "entries",
        };
        foreach (IndexEntry entry in table.Entries) told.Add(OfEntry(table, entry));
        TagAndUntag(table);
        RemoveOne(IndexTable.Parse(bytes));
        return string.Join("; ", told);
    }

    private static string OfEntry(IndexTable table, IndexEntry entry)
    {
        if (entry.Tag is not null) Assert.Equal(entry.Tag, table.FindTag(entry.Tag)!.Tag);
        if (!entry.Digest.IsEmpty) Assert.Contains(entry, table.FindDigest(entry.Digest));
        if (!entry.Digest.IsEmpty) Assert.Equal(entry.Digest, entry.Describe().Digest);
        try
        {
            Descriptor descriptor = entry.ToDescriptor();
            Assert.Equal(entry.Digest, descriptor.Digest);
            Assert.Equal(entry.Size, descriptor.Size);
            Assert.False(descriptor.Annotations.ContainsKey(AnnotationKeys.RefName) && entry.Tag is not null);
            return entry.Tag is null ? "untagged" : "tagged";
        }
        catch (OciException e)
        {
            return Told(e, OciErrorKind.InvalidDigest, OciErrorKind.InvalidIndex);
        }
    }

    // Adds and removes a tag. The other entries keep their bytes.
    private static void TagAndUntag(IndexTable table)
    {
        IndexEntry[] before = [.. table.Entries];
        table.SetTag(Other, NewTag);
        IndexTable tagged = IndexTable.Parse(table.ToBytes());
        Assert.Equal(Other.Digest, tagged.FindTag(NewTag)!.Digest);
        tagged.RemoveTag(NewTag);
        IndexTable after = IndexTable.Parse(tagged.ToBytes());
        Assert.Null(after.FindTag(NewTag));
        byte[][] left = [.. after.Entries.Where(e => e.Digest != Other.Digest).Select(e => e.Raw.ToArray())];
        byte[][] there = [.. before.Where(e => e.Digest != Other.Digest).Select(e => e.Raw.ToArray())];
        Assert.Equal(there.Length, left.Length);
        for (int i = 0; i < left.Length; i++) Assert.True(there[i].AsSpan().SequenceEqual(left[i]), $"entry {i} changed its bytes");
    }

    // Moves tags and removes digests, one after the other. Each written index can be parsed, and the other entries stay.
    private static void RemoveOne(IndexTable table)
    {
        string[] tags = [.. table.Tagged().Select(e => e.Tag!).Take(8)];
        foreach (string tag in tags)
        {
            table.SetTag(Other, tag);
            table = IndexTable.Parse(table.ToBytes());
            Assert.Equal(Other.Digest, table.FindTag(tag)!.Digest);
        }

        foreach (Digest digest in table.Digests.Take(8).ToArray())
        {
            int others = table.Entries.Count(e => e.Digest != digest);
            table.Remove(digest);
            table = IndexTable.Parse(table.ToBytes());
            Assert.Equal(others, table.Count);
        }
    }

    // Returns the parts of an index, or its error. Each way of parsing must give the same result.
    private static string AsCut(Func<IndexDocument> cut)
    {
        try
        {
            IndexDocument document = cut();
            IEnumerable<string> entries = document.Entries.Select(
                e => $"{e!.Leading} {Encoding.UTF8.GetString(e.Raw.Span)} {e.MediaType} {e.Digest} {e.Size} {e.Name} {e.ImageName} {e.NamesItself} {e.Problem}");
            return string.Join('\n', entries.Prepend(Encoding.UTF8.GetString(document.Before.Span)).Append(Encoding.UTF8.GetString(document.After.Span)));
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static string OfManifest(byte[] bytes)
    {
        var told = new SortedSet<string>(StringComparer.Ordinal) { "sniffed " + Manifest.Sniff(bytes) };
        ManifestNode document = ManifestNode.Parse(bytes, ManifestKind.Document, "the document"); // any kind of document
        foreach (ManifestKind kind in Enum.GetValues<ManifestKind>().Where(k => k is not (ManifestKind.None or ManifestKind.Document)))
        {
            Manifest manifest;
            try
            {
                manifest = Manifest.Parse(bytes, MediaTypes.Of(kind));
            }
            catch (OciException e)
            {
                told.Add(Told(e, OciErrorKind.InvalidManifest));
                continue;
            }

            Assert.True(manifest.Bytes.Span.SequenceEqual(bytes));
            ManifestNode node = ManifestNode.Parse(bytes, kind, "fuzzed");
            Assert.Equal(manifest.Successors.Select(s => new Edge(s.Role, s.Target.Digest, s.Target.MediaType, s.Target.Size, s.Target.IsForeignLayer)), node.Edges);
            foreach ((DescriptorRole role, Descriptor target) in manifest.Successors)
            {
                Same(target, ReadDescriptor(target.Json.ToArray()));
                told.Add(role.ToString());
            }

            Assert.All(node.Edges.Where(e => e.Digest.IsVerifiable), e => Assert.Contains(e.Digest, document.Edges.Select(d => d.Digest)));
            if (manifest.Kind is ManifestKind.Index or ManifestKind.DockerList) told.Add(WithoutFirst(manifest, node));
        }

        return string.Join("; ", told);
    }

    private static string WithoutFirst(Manifest list, ManifestNode node)
    {
        if (node.Edges.Length == 0) return "no list";
        Digest first = node.Edges[^1].Digest;
        byte[] rest = FallbackIndex.Without(Json.WithoutByteOrderMark(list.Bytes), d => d == first);
        Manifest shorter = Manifest.Parse(rest, list.MediaType);
        Assert.Equal(Texts(list.Manifests.Where(m => m.Digest != first)), Texts(shorter.Manifests));
        return "list";
    }

    private static IEnumerable<string> Texts(IEnumerable<Descriptor> members) => members.Select(m => Encoding.UTF8.GetString(m.Json.Span));

    private static string OfClaims(byte[] bytes)
    {
        var files = new MemoryDisk();
        files.CreateDirectory("/memory");
        using IDisposable? running = files.TryLock($"/memory/{SessionId}.session", exclusive: true);
        using (Stream file = files.Create($"/memory/{SessionId}.claims", FilePurpose.Plain)) file.Write(bytes);
        IReadOnlyList<Claim> claims = new IngestDirectory(files, "/memory").ClaimsOfOthers(null);
        Assert.Empty(new IngestDirectory(files, "/memory").ClaimsOfOthers(SessionId));
        Assert.DoesNotContain(claims, c => c.Digest.IsEmpty);
        return claims.Count switch { 0 => "no claims", 1 => "a claim", _ => "claims" };
    }

    private static string OfLayout(byte[] bytes)
    {
        try
        {
            LayoutFiles.CheckVersion(bytes, "/memory");
            return "layout";
        }
        catch (OciException e)
        {
            return Told(e, OciErrorKind.InvalidLayout, OciErrorKind.UnsupportedVersion);
        }
    }

    private static string OfArchive(byte[] bytes)
    {
        byte[] archive = FuzzArchives.Resealed(bytes);
        string told = Read(new MemoryStream(archive), endRequired: true);
        using var pipe = new BufferedStream(new ForwardStream(archive));
        Assert.Equal(told, Read(pipe, endRequired: true));
        string lenient = Read(new MemoryStream(archive), endRequired: false);
        if (!told.StartsWith(nameof(OciErrorKind.InvalidArchive), StringComparison.Ordinal)) Assert.Equal(told, lenient);
        return told;
    }

    private static string Read(Stream archive, bool endRequired)
    {
        var kinds = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = new TarReader(archive, "the archive", null, endRequired);
            while (reader.Next(default) is { } entry)
            {
                kinds.Add(entry.Kind.ToString());
                _ = TarName.Normalize(entry.Name);
                if (entry.Kind == TarEntryKind.File) reader.Open(entry).CopyTo(Stream.Null, 4096);
            }
        }
        catch (OciException e)
        {
            string shape = Told(e, OciErrorKind.InvalidArchive);
            // The reader may notice the end earlier or later.
            return shape.Contains("truncated", StringComparison.Ordinal) ? nameof(OciErrorKind.InvalidArchive) + " truncated" : shape;
        }

        return string.Join(' ', kinds);
    }

    private static string OfList(byte[] bytes)
    {
        try
        {
            ContentList list = ContentList.ReadJson(new MemoryStream(bytes));
            Assert.DoesNotContain(list.Notes, n => n.Digest.IsEmpty);
            return list.Notes.Count switch { 0 => "nothing", 1 => "a note", _ => "notes" };
        }
        catch (OciException e)
        {
            return Told(e, OciErrorKind.InvalidDigest);
        }
    }

    private static Descriptor ReadDescriptor(byte[] bytes) => Json.Guard(() =>
    {
        var reader = new Utf8JsonReader(bytes, Json.ReaderOptions);
        if (bytes.Length == 0 || !reader.Read()) throw new JsonException("it is empty");
        return DescriptorJson.Read(ref reader, bytes, "the test");
    });

    private static void Same(Descriptor one, Descriptor other)
    {
        Assert.Equal(one.MediaType, other.MediaType);
        Assert.Equal(one.Digest, other.Digest);
        Assert.Equal(one.Size, other.Size);
        Assert.Equal(one.ArtifactType, other.ArtifactType);
        Assert.Equal(one.Platform?.ToString(), other.Platform?.ToString());
        Assert.Equal(one.Annotations.Count, other.Annotations.Count);
        Assert.Equal(one.Annotations.ToHashSet(), other.Annotations.ToHashSet());
        Assert.Equal(one.Urls, other.Urls);
    }

    /// <summary>Checks that an error has an expected kind and a message that is not empty, not too long, and printable.</summary>
    private static string Told(OciException error, params OciErrorKind[] kinds)
    {
        Assert.Contains(error.Kind, kinds);
        Assert.InRange(error.Message.Length, 10, 1500);
        Assert.DoesNotContain(error.Message, char.IsControl);
        return error.Kind + " " + Shape(error.Message);
    }

    // Returns the message without quoted text and numbers.
    private static string Shape(string message)
    {
        var shape = new StringBuilder();
        bool quoted = false;
        foreach (char c in message)
        {
            if (c == '\'') quoted = !quoted;
            else if (!quoted && c < 128 && !char.IsDigit(c)) shape.Append(c);
        }

        return shape.Length > 90 ? shape.ToString(0, 90) : shape.ToString();
    }

    // Decodes UTF-8, or UTF-16 after a byte 0xFF, because only UTF-16 can contain unpaired surrogates.
    private static string Text(byte[] bytes) =>
        bytes.Length % 2 == 1 && bytes[0] == 0xFF
            ? new string(MemoryMarshal.Cast<byte, char>(bytes.AsSpan(1)))
            : Encoding.UTF8.GetString(bytes);

    private static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
