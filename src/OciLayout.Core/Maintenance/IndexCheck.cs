using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>Checks <c>index.json</c>: its syntax, its schema, its entries and its tags (image-spec, image-index).</summary>
internal sealed class IndexCheck(VerifyRun run)
{
    /// <summary>The size limit for index files, in bytes.</summary>
    public const long SizeLimit = 1L << 30;

    private readonly string _path = run.PathOf(LayoutNames.Index);

    /// <summary>Checks the index.</summary>
    /// <returns>The index; null if it does not exist or cannot be parsed.</returns>
    public IndexTable? Run()
    {
        if (ReadFile() is not { } bytes) return null;
        IndexTable table;
        try
        {
            table = IndexTable.Parse(bytes);
        }
        catch (JsonException e)
        {
            return Invalid(e.Message.TrimEnd('.'));
        }

        try
        {
            Model.Json.Guard(() =>
            {
                CheckHead(bytes);
                return true;
            });
        }
        catch (JsonException e)
        {
            Schema("text that is valid UTF-8", e.Message.TrimEnd('.'));
        }

        CheckNames(table);
        foreach (var (entry, at) in table.Entries.Select((e, i) => (e, i))) CheckEntry(entry, at);
        foreach (var same in table.Entries.Where(e => e.Tag is not null).GroupBy(e => e.Tag!, StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            run.Report(new Finding(FindingProblem.DuplicateTag, FindingSeverity.Warning, _path)
            {
                Digest = same.Last().Digest,
                Expected = "one entry",
                Actual = string.Join(", ", same.Select(e => e.Digest.IsEmpty ? "a malformed entry" : e.Digest.ToString()).Distinct()),
                Tags = [same.Key],
                Remedy = FindingRemedy.RewriteIndex,
            });
        }

        return table;
    }

    /// <summary>Reports manifests beside an index that lists nothing: the index may have lost its entries.</summary>
    public void CheckUnlisted()
    {
        var count = run.Files.Count(f => f.Value.Kind == FileKind.File && f.Value.Length > 0 && f.Value.Length <= run.Options.ManifestSizeLimit && IsManifest(f.Key));
        if (count == 0) return;
        run.Report(new Finding(FindingProblem.NoTags, FindingSeverity.Notice, _path)
        {
            Expected = "a tag for each manifest to keep",
            Actual = $"the index lists nothing, and {count} {(count == 1 ? "manifest is" : "manifests are")} stored",
            Remedy = FindingRemedy.RebuildIndex,
        });
    }

    private bool IsManifest(Digest digest)
    {
        try
        {
            return Manifest.Sniff(run.Blobs.ReadAll(digest, null, run.Options.ManifestSizeLimit, run.Cancellation)) is not null;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return false; // its own finding says so
        }
    }

    private byte[]? ReadFile()
    {
        if (run.Layout.Stat(LayoutNames.Index) is not { } fact)
        {
            run.Report(new Finding(FindingProblem.IndexMissing, FindingSeverity.Error, _path) { Expected = "an image index", Remedy = FindingRemedy.RebuildIndex });
            return null;
        }

        if (fact.Kind != FileKind.File) return Refuse(fact.Kind == FileKind.Directory ? "a directory" : "a device or a dangling link");
        if (fact.IsLink) run.Report(new Finding(FindingProblem.Link, FindingSeverity.Warning, _path) { Expected = "a file", Actual = "a symbolic link" });
        if (fact.Length == 0) return Refuse("an empty file");
        if (fact.Length > SizeLimit) return Refuse($"{fact.Length} bytes");
        try
        {
            using var stream = run.Layout.Open(LayoutNames.Index);
            return stream.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            run.Report(new Finding(FindingProblem.Unreadable, FindingSeverity.Error, _path) { Expected = "a file that can be read", Actual = e.Message, Remedy = FindingRemedy.SetPermission });
            return null;
        }
    }

    private byte[]? Refuse(string actual)
    {
        Invalid(actual);
        return null;
    }

    private IndexTable? Invalid(string actual)
    {
        run.Report(new Finding(FindingProblem.IndexInvalid, FindingSeverity.Error, _path) { Expected = "an image index", Actual = actual, Remedy = FindingRemedy.RebuildIndex });
        return null;
    }

    // Checks members that readers ignore but validators do not.
    private void CheckHead(byte[] bytes)
    {
        using var document = JsonDocument.Parse(Model.Json.WithoutByteOrderMark(bytes), Model.Json.DocumentOptions);
        var root = document.RootElement;
        if (Model.Json.HasByteOrderMark(bytes)) Schema("JSON", "a byte order mark before it");
        if (!root.TryGetProperty("schemaVersion", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 2)
            Schema("schemaVersion 2", version.ValueKind == JsonValueKind.Undefined ? "no schemaVersion" : "schemaVersion " + Shown(version));
        if (root.TryGetProperty("mediaType", out var type) && (type.ValueKind != JsonValueKind.String || type.GetString() != MediaTypes.ImageIndex))
            Schema("mediaType " + MediaTypes.ImageIndex, "mediaType " + Shown(type));
        if (root.GetProperty("manifests").ValueKind == JsonValueKind.Null) Schema("an array of manifests", "manifests null");
        if (root.TryGetProperty("annotations", out var annotations) && annotations.ValueKind != JsonValueKind.Object) Schema("annotations as an object", Shown(annotations));
        foreach (var twice in root.EnumerateObject().GroupBy(m => m.Name, StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
            Schema($"'{Digest.Shorten(twice.Key)}' once", $"'{Digest.Shorten(twice.Key)}' {twice.Count()} times");
    }

    // Only tags keep content. Without any tag, garbage collection refuses to run unless it is forced.
    private void CheckNames(IndexTable table)
    {
        var manifests = table.Entries.Where(e => e.Problem is null && MediaTypes.IsManifest(e.MediaType)).Select(e => e.Digest).Distinct().Count();
        if (manifests == 0 || table.Entries.Any(e => e.IsNamed)) return;
        run.Report(new Finding(FindingProblem.NoTags, FindingSeverity.Notice, _path)
        {
            Expected = "a tag for each manifest to keep",
            Actual = $"the index lists {manifests} {(manifests == 1 ? "manifest" : "manifests")}, no tag",
        });
    }

    private static string Shown(JsonElement element) => Digest.Shorten(element.GetRawText());

    private void Schema(string expected, string actual) =>
        run.Report(new Finding(FindingProblem.IndexSchema, FindingSeverity.Warning, _path) { Expected = expected, Actual = actual, Remedy = FindingRemedy.RewriteIndex });

    private void CheckEntry(IndexEntry entry, int at)
    {
        Descriptor descriptor;
        try
        {
            descriptor = entry.ToDescriptor();
        }
        catch (OciException e)
        {
            run.Report(new Finding(FindingProblem.InvalidDescriptor, entry.Tag is null ? FindingSeverity.Warning : FindingSeverity.Error, _path)
            {
                Digest = entry.Digest,
                Expected = "a descriptor",
                Actual = $"entry {at}: {entry.Problem ?? e.Message}",
                Tags = entry.Tag is null ? [] : [Digest.Shorten(entry.Tag)],
                Remedy = FindingRemedy.RewriteIndex,
            });
            return;
        }

        if (DescriptorRules.Problem(entry.Json) is { } problem)
        {
            run.Report(new Finding(FindingProblem.IndexSchema, FindingSeverity.Warning, _path)
            {
                Digest = entry.Digest,
                Expected = "entries that other tools can read",
                Actual = $"entry {at}: {problem}",
                Tags = entry.Tag is null ? [] : [Digest.Shorten(entry.Tag)],
            });
        }

        DescriptorCheck.Run(run, descriptor, _path, entry.Tag is null ? [] : [entry.Tag]);
        if (entry.Tag is null || entry.NamesItself) return;
        run.AddTag(entry.Tag, entry.Digest);
        try
        {
            Reference.CheckTag(entry.Tag, entry.Digest.ToString());
        }
        catch (OciException e)
        {
            run.Report(new Finding(FindingProblem.InvalidTag, FindingSeverity.Warning, _path)
            {
                Digest = entry.Digest,
                Expected = e.Expected ?? "a tag",
                Actual = Digest.Shorten(entry.Tag),
                Tags = [Digest.Shorten(entry.Tag)],
            });
        }
    }
}
