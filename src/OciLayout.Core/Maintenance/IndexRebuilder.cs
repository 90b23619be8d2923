using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>
/// Makes an <c>index.json</c> of what lies in <c>blobs/</c>: every manifest that no other one contains is listed. Tags come from what can still
/// be read of the old file, from Docker's <c>manifest.json</c>, and from what manifests say of themselves.
/// </summary>
internal sealed class IndexRebuilder(ILayout layout, long manifestLimit, CancellationToken cancellation)
{
    private readonly BlobReader _blobs = new(layout);
    private readonly Dictionary<Digest, (Descriptor Descriptor, Manifest Manifest)> _manifests = [];

    /// <summary>The new file.</summary>
    /// <param name="old">What is left of the old one; may be anything.</param>
    public byte[] Rebuild(byte[] old)
    {
        ReadManifests();
        var contained = new HashSet<Digest>(_manifests.Values.SelectMany(m => m.Manifest.Successors).Where(s => s.Role != DescriptorRole.Subject).Select(s => s.Target.Digest));
        var salvaged = Salvage(old).Where(e => _manifests.ContainsKey(e.Digest) || _blobs.Find(e.Digest)?.Length == e.Size).ToList();
        var table = IndexTable.Parse(IndexTable.EmptyIndex.ToArray());
        foreach (var entry in salvaged)
        {
            if (entry.Tag is null) table.Add(entry.ToDescriptor());
            else table.SetTag(entry.ToDescriptor(), entry.Tag);
        }

        foreach (var (descriptor, manifest) in _manifests.Values.Where(m => !contained.Contains(m.Descriptor.Digest)).OrderBy(m => m.Descriptor.Digest.ToString(), StringComparer.Ordinal))
        {
            table.Add(descriptor);
            foreach (var tag in TagsOf(manifest).Where(t => table.FindTag(t) is null)) table.SetTag(descriptor, tag);
        }

        return table.ToBytes();
    }

    private void ReadManifests()
    {
        var files = _blobs.List().Where(f => f.File.Kind == FileKind.File && f.File.Length > 0 && f.File.Length <= manifestLimit).Select(f => f.Digest).ToList();
        Cores.For(files.Count, i =>
        {
            if (Read(files[i]) is not { } read) return;
            lock (_manifests) _manifests.Add(files[i], read);
        }, cancellation);
    }

    private (Descriptor Descriptor, Manifest Manifest)? Read(Digest digest)
    {
        try
        {
            var bytes = _blobs.ReadAll(digest, null, manifestLimit, cancellation);
            if (Manifest.Sniff(bytes) is not { } mediaType) return null;
            return (new Descriptor(mediaType, digest, bytes.Length), Manifest.Parse(bytes, mediaType));
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null; // what is corrupt lists nothing
        }
    }

    // Entry by entry, as far as the file can be read.
    private static List<IndexEntry> Salvage(byte[] old)
    {
        var result = new List<IndexEntry>();
        ReadOnlyMemory<byte> document = OciLayout.Json.WithoutByteOrderMark(old);
        try
        {
            var reader = new Utf8JsonReader(document.Span, OciLayout.Json.ReaderOptions);
            while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("manifests"u8))) { }

            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var entry = IndexEntry.Read(ref reader, document);
                if (entry.Problem is null && entry.Digest.IsVerifiable) result.Add(entry);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Here the damage begins.
        }

        return result;
    }

    private HashSet<string> TagsOf(Manifest manifest)
    {
        var tags = new HashSet<string>(DockerTags().Where(t => t.Config == manifest.Config?.Digest).Select(t => t.Tag), StringComparer.Ordinal);
        if (manifest.Annotations.TryGetValue(AnnotationKeys.RefName, out var own) && own.Length > 0) tags.Add(own);
        tags.RemoveWhere(t => !IsTag(t));
        return tags;
    }

    private static bool IsTag(string tag)
    {
        try
        {
            Reference.CheckTag(tag, "");
            return true;
        }
        catch (OciException)
        {
            return false;
        }
    }

    private IReadOnlyList<(Digest Config, string Tag)>? _dockerTags;

    // [{"Config":"blobs/sha256/…","RepoTags":["name:tag"],…}]
    private IReadOnlyList<(Digest Config, string Tag)> DockerTags()
    {
        if (_dockerTags is not null) return _dockerTags;
        var result = new List<(Digest, string)>();
        try
        {
            if (layout.Stat("manifest.json") is { Kind: FileKind.File, Length: > 0 } fact && fact.Length <= manifestLimit)
            {
                using var stream = layout.Open("manifest.json");
                using var document = JsonDocument.Parse(stream);
                foreach (var image in document.RootElement.EnumerateArray())
                {
                    var path = image.GetProperty("Config").GetString()!.Split('/');
                    if (path.Length < 2 || !Digest.TryParse(path[path.Length - 2] + ":" + path[path.Length - 1], out var config)) continue;
                    foreach (var name in image.GetProperty("RepoTags").EnumerateArray()) result.Add((config, TagOf(name.GetString()!)));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or NullReferenceException or IOException)
        {
            // Another file that cannot be read recovers nothing.
        }

        return _dockerTags = result;
    }

    private static string TagOf(string name)
    {
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name.Substring(colon + 1) : name;
    }
}
