using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// Merges an archive into a store. Stages and checks all content first, then publishes it, then lists it with one write of the index.
/// Errors in the archive are found before anything is visible.
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

    /// <summary>Merges an archive.</summary>
    /// <param name="path">The path or name of the archive, for messages.</param>
    /// <param name="open">Opens the archive.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">The token that cancels the import.</param>
    public ImportResult Import(string path, Func<ArchiveFile> open, ImportOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var stage = new ImportStage(_state, _writer, _options.ManifestSizeLimit, cancellationToken);
            var scan = new ArchiveScan(stage, path);
            using (var file = open()) scan.Read(file, cancellationToken);
            var entries = Entries(scan, stage, path, cancellationToken);
            return Merge(stage, entries, options, path, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw ArchiveErrors.Invalid(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static EntryNames Entries(ArchiveScan scan, ImportStage stage, string path, CancellationToken cancellationToken)
    {
        if (scan.Layout is { } layout)
        {
            LayoutFiles.CheckVersion(layout, path);
            stage.DiscardExcept(scan.Blobs);
            return NamesOf(Parse(scan.Index ?? throw Errors.NotALayout(path, "it has no index.json"), path));
        }

        if (scan.DockerManifest is not { } manifest) throw Errors.NotALayout(path, $"it has neither the file oci-layout nor the {LayoutNames.DockerManifest} of docker save");
        var docker = new DockerArchive(scan, stage, path);
        var entries = docker.Convert(manifest, cancellationToken);
        stage.DiscardExcept(docker.Used);
        return NamesOf(entries);
    }

    private static EntryNames NamesOf(IEnumerable<IndexEntry> entries) =>
        EntryNames.Of([.. entries.Select(e => (e.Problem is null ? e.ToDescriptor() : throw e.Malformed(), e.NamesItself ? null : e.Tag))]);

    private static List<IndexEntry> Parse(byte[] index, string path)
    {
        try
        {
            return [.. IndexTable.Parse(index).Entries];
        }
        catch (JsonException e)
        {
            throw Errors.IndexMalformed(path, e);
        }
    }

    private ImportResult Merge(ImportStage stage, EntryNames names, ImportOptions options, string path, CancellationToken cancellationToken)
    {
        var entries = options.Tags is { } tags ? Retag(names.Entries, tags, path) : names.Entries;
        foreach (var (target, tag) in entries.Where(e => e.Tag is not null)) Reference.CheckTag(tag, target.Digest.ToString());
        var change = Change(entries, options.ReplaceTags);
        _state.Index.Read(change.Check);
        if (change.Failure is not null) throw change.Failure;
        var graph = stage.ClaimReachable(entries.Select(e => e.Target), _options.LockTimeout, cancellationToken);
        var missing = MissingContent.Of(entries.Select(e => e.Target.Digest), graph, d => stage.Find(d) is not null);
        if (missing.Required.Count > 0) throw ArchiveErrors.ImportIncomplete(path, missing.Required);
        foreach (var (target, _) in entries) RequireSize(target, stage.Find(target.Digest)!.Value);

        stage.Publish(cancellationToken);
        Apply(change, cancellationToken);
        var added = stage.Blobs.Where(b => !b.AlreadyExisted).ToList();
        return new ImportResult
        {
            Tags = [.. entries.Select(e => e.Tag).OfType<string>().Distinct(StringComparer.Ordinal)],
            LostTags = names.Lost,
            AddedCount = added.Count,
            AddedSize = added.Sum(b => b.Descriptor.Size),
            KnownCount = stage.Blobs.Count() - added.Count,
            Absent = missing.Optional,
        };
    }

    private static List<(Descriptor Target, string? Tag)> Retag(IReadOnlyList<(Descriptor Target, string? Tag)> entries, IReadOnlyList<string> tags, string path)
    {
        var count = entries.Select(e => e.Target.Digest).Distinct().Count();
        if (count != 1)
            throw ArchiveErrors.SeveralObjects(path, count);
        var target = DescriptorAnnotations.WithImageName(entries[entries.Count - 1].Target, null);
        return [.. tags.Distinct(StringComparer.Ordinal).Select(t => (target, (string?)t))];
    }

    // Tags come first. An entry without a tag is needed only when no other entry has its annotations.
    private static ImportChange Change(IReadOnlyList<(Descriptor Target, string? Tag)> entries, bool replace)
    {
        var tagged = entries.Where(e => e.Tag is not null).Select(e => (IndexChange)(replace ? new TagChange(e.Target, e.Tag!) : new AddTagChange(e.Target, e.Tag!)));
        return new ImportChange([.. tagged, .. entries.Where(e => e.Tag is null).Select(e => new EntryChange(e.Target))], replace);
    }

    private void Apply(ImportChange change, CancellationToken cancellationToken)
    {
        _state.Index.Apply(change);
        if (_options.AutoSaveIndex)
        {
            _writer.Commit([change], cancellationToken);
        }
        else if (change.Failure is { } failure)
        {
            _state.Index.TakeBack([change]);
            throw failure;
        }
    }

    private static void RequireSize(Descriptor target, long size)
    {
        if (target.Size == size) return;
        throw ContentErrors.WrongSize(target.Digest, target.Size, size);
    }
}
