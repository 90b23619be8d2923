using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Storage;
using OciLayout.Storage.Tar;

namespace OciLayout.Transfer;

/// <summary>
/// Merges an archive into a store: everything is staged and looked at first, then published, then listed with one write of the index. What is
/// wrong with the archive shows before anything is visible.
/// </summary>
internal sealed class StoreImporter
{
    private readonly StoreState _state;
    private readonly StoreWriter _writer;
    private readonly OciStoreOptions _options;

    public StoreImporter(StoreState state, StoreWriter writer, OciStoreOptions options)
    {
        _state = state;
        _writer = writer;
        _options = options;
    }

    public ImportResult Import(string path, ImportOptions options, Action<long>? progress, CancellationToken cancellation)
    {
        try
        {
            using var stage = new ImportStage(_state, _writer, _options.ManifestSizeLimit, cancellation);
            var intake = new ArchiveIntake(stage, path);
            using (var file = ArchiveFile.Open(_state.Disk, path, options.ExpansionLimit, progress)) intake.Read(file, cancellation);
            var entries = Entries(intake, stage, path, cancellation);
            return Merge(stage, entries, options, path, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw TarReader.Invalid(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static List<(Descriptor Target, string? Tag)> Entries(ArchiveIntake intake, ImportStage stage, string path, CancellationToken cancellation)
    {
        if (intake.Layout is { } layout)
        {
            LayoutFiles.CheckVersion(layout, path);
            stage.Keep(intake.Blobs);
            return ImportTags.Of(Parse(intake.Index ?? throw LayoutFiles.Invalid(path, "there is no index.json"), path));
        }

        if (intake.DockerManifest is not { } manifest) throw LayoutFiles.Invalid(path, $"there is no file oci-layout, and no {DockerArchive.Name} of docker save");
        var docker = new DockerArchive(intake, stage, path);
        var entries = docker.Convert(manifest, cancellation);
        stage.Keep(docker.Used);
        return ImportTags.Of(entries);
    }

    private static List<IndexEntry> Parse(byte[] index, string path)
    {
        try
        {
            return [.. IndexTable.Parse(index).Entries];
        }
        catch (JsonException e)
        {
            throw new OciException(OciErrorKind.InvalidIndex, $"index.json of '{path}' cannot be read as an image index: {e.Message.TrimEnd('.')}.", path, e)
            {
                Expected = "an image index (image-spec, image-layout, \"index.json file\")",
            };
        }
    }

    private ImportResult Merge(ImportStage stage, List<(Descriptor Target, string? Tag)> entries, ImportOptions options, string path, CancellationToken cancellation)
    {
        foreach (var (target, tag) in entries.Where(e => e.Tag is not null)) Reference.CheckTag(tag, target.Digest.ToString());
        if (!options.ReplaceTags) RefuseConflicts(entries);
        var graph = stage.Reach(entries.Select(e => e.Target), _options.LockTimeout, cancellation);
        var complete = Completeness.Of(entries.Select(e => e.Target.Digest), graph, d => stage.Find(d) is not null);
        complete.Require($"in '{path}' nor in the store", "This archive is for a store that has it already.");
        foreach (var (target, _) in entries) RequireSize(target, stage.Find(target.Digest)!.Value);

        stage.Publish(cancellation);
        var changes = entries.Select(e => Change(e.Target, e.Tag, options.ReplaceTags)).ToList();
        foreach (var change in changes) _state.Index.Apply(change);
        if (_options.AutoSaveIndex) _writer.Commit(changes, cancellation);
        var added = stage.Blobs.Where(b => !b.AlreadyExisted).ToList();
        return new ImportResult
        {
            Tags = [.. entries.Select(e => e.Tag).OfType<string>()],
            AddedCount = added.Count,
            AddedSize = added.Sum(b => b.Descriptor.Size),
            KnownCount = stage.Blobs.Count() - added.Count,
            Absent = complete.Absent,
        };
    }

    private static IndexChange Change(Descriptor target, string? tag, bool replace) =>
        tag is null ? new ListChange(target) : replace ? new TagChange(target, tag) : new AddTagChange(target, tag);

    private void RefuseConflicts(List<(Descriptor Target, string? Tag)> entries)
    {
        var taken = _state.Index.Read(table => entries.Where(e => e.Tag is not null && AddTagChange.Conflict(table.FindTag(e.Tag), e.Target.Digest)).Select(e => e.Tag!).ToList());
        if (taken.Count > 0) throw AddTagChange.AlreadyNames(taken);
    }

    private static void RequireSize(Descriptor target, long size)
    {
        if (target.Size == size) return;
        throw new OciException(OciErrorKind.SizeMismatch, $"The index of the archive says that {target.Digest} has {target.Size} bytes; it has {size}.", target.Digest.ToString())
        {
            Expected = target.Size.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Actual = size.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>Which entry of an archive's index gets which tag.</summary>
internal static class ImportTags
{
    /// <summary>
    /// Dockers that write layouts give all that is called <c>latest</c> that one tag. Where it would name several things, each takes the full
    /// name that stands beside it; without one the last wins, as for every reader of an index.
    /// </summary>
    public static List<(Descriptor Target, string? Tag)> Of(IReadOnlyList<IndexEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (entry.Problem is not null) throw entry.Malformed();
        }

        var last = new Dictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(e => e.Tag is not null)) last[entry.Tag!] = entry.Digest;
        var shared = new HashSet<string>(entries.Where(e => e.Tag is not null && last[e.Tag] != e.Digest).Select(e => e.Tag!), StringComparer.Ordinal);
        var result = new List<(Descriptor, string?)>();
        foreach (var entry in entries)
        {
            var target = entry.ToDescriptor();
            var tag = entry.NamesItself ? null : entry.Tag;
            if (tag is not null && shared.Contains(tag))
                tag = target.Annotations.TryGetValue(AnnotationKeys.ContainerdImageName, out var name) ? ImageName.Shorten(name) : last[tag] == entry.Digest ? tag : null;
            result.Add((target, tag));
        }

        return result;
    }
}
