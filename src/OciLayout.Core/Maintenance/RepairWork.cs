using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>The steps of a repair. Each takes the locks that it needs, as every other change of a store does.</summary>
internal sealed class RepairWork(DirectoryLayout layout, IFileSystem files, Func<OciStore> open, RepairOptions options, CancellationToken cancellation)
{
    private static readonly OciStoreOptions Defaults = new();

    private readonly StoreLocks _locks = new(layout, files);
    private readonly Quarantine _quarantine = new(layout, files);
    private readonly BlobReader _blobs = new(layout);
    private OciStore? _store;

    /// <summary>Gives a file the permissions that it should have.</summary>
    public bool SetPermission(string path) => Try(() =>
    {
        files.SetPurpose(path, FilePurpose.Plain);
        if (Path.GetDirectoryName(Path.GetDirectoryName(path)) == layout.PathOf(LayoutNames.Blobs) && !IsManifest(path)) files.SetPurpose(path, FilePurpose.Sealed);
    });

    /// <summary>Writes <c>oci-layout</c> and <c>index.json</c> as they should be; the old ones are kept.</summary>
    public void MendFiles(ICollection<FindingRemedy> remedies)
    {
        using (_locks.EnterExclusive(Defaults.LockTimeout, cancellation))
        using (_locks.LockIndex(Defaults.LockTimeout, cancellation))
        using (var session = Session.Open(files, _locks.Ingest))
        {
            if (remedies.Contains(FindingRemedy.WriteLayout)) Put(session, LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
            var old = ReadIndex();
            if (remedies.Contains(FindingRemedy.RebuildIndex))
                Put(session, LayoutNames.Index, new IndexRebuilder(layout, options.Verify.ManifestSizeLimit, cancellation).Rebuild(old));
            else if (remedies.Contains(FindingRemedy.RewriteIndex))
                Put(session, LayoutNames.Index, IndexRewriter.Rewrite(old, VerifiedSize, []));
        }
    }

    /// <summary>Moves a file aside; nobody adds or removes meanwhile.</summary>
    public void MoveAside(string path)
    {
        using (_locks.EnterExclusive(Defaults.LockTimeout, cancellation)) _quarantine.Take(path);
    }

    /// <summary>Fetches content from the first source that has it whole.</summary>
    public bool Fetch(Digest digest)
    {
        foreach (var source in options.Sources)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Try(() => Fetch(digest, source))) return true;
        }

        return false;
    }

    /// <summary>Fetches what fetched manifests name and is missing, and so on.</summary>
    public void FetchWhatThatNeeds()
    {
        if (options.Sources.Count == 0) return;
        var tried = new HashSet<Digest>();
        List<Digest> missing;
        do
        {
            missing = [];
            LayoutVerifier.Verify(layout.Root, files, f =>
            {
                if (f.Remedy == FindingRemedy.Fetch && tried.Add(f.Digest)) missing.Add(f.Digest);
            }, options.Verify with { Quick = true, Progress = null }, cancellation);
        }
        while (missing.Select(Fetch).ToList().Contains(true));
    }

    /// <summary>Drops the entries that need what nobody has any more.</summary>
    public void DropMissing()
    {
        var tags = new HashSet<string>(StringComparer.Ordinal);
        var gone = new HashSet<Digest>();
        LayoutVerifier.Verify(layout.Root, files, f =>
        {
            if (f.Problem != FindingProblem.Missing || f.Severity == FindingSeverity.Notice) return;
            gone.Add(f.Digest);
            if (f.Severity == FindingSeverity.Error) tags.UnionWith(f.Tags);
        }, options.Verify with { Quick = true, Progress = null }, cancellation);
        if (gone.Count == 0) return;
        using (_locks.EnterExclusive(Defaults.LockTimeout, cancellation))
        using (_locks.LockIndex(Defaults.LockTimeout, cancellation))
        using (var session = Session.Open(files, _locks.Ingest))
        {
            var old = ReadIndex();
            var entries = IndexTable.Parse(old).Entries.ToList();
            gone.IntersectWith(entries.Select(e => e.Digest));
            gone.UnionWith(entries.Where(e => e.Tag is not null && tags.Contains(e.Tag)).Select(e => e.Digest));
            if (gone.Count > 0) Put(session, LayoutNames.Index, IndexRewriter.Rewrite(old, _ => null, gone));
        }
    }

    /// <summary>Removes an upload that nobody finishes.</summary>
    public bool RemoveUpload(string path)
    {
        using (_locks.EnterExclusive(Defaults.LockTimeout, cancellation))
        {
            // Asked again, now that nobody can begin anything.
            return !new IngestDirectory(files, _locks.Ingest).Leftovers(null, DateTime.UtcNow).Any(l => l.Path == path) || Try(() => files.Delete(path));
        }
    }

    private void Fetch(Digest digest, OciStore source)
    {
        _store ??= open();
        var writer = new StoreWriter(_store.State, _store.Options);
        using var scope = writer.Begin(cancellation);
        using var content = Open(digest, source, out var mediaType);
        var staged = writer.Stage(new PushRequest { Digest = digest, Size = content.Length, MediaType = mediaType }, content, null, cancellation);
        writer.Publish([staged], scope, cancellation, list: false);
    }

    // A manifest is stored with the mode of one.
    private Stream Open(Digest digest, OciStore source, out string mediaType)
    {
        mediaType = MediaTypes.OctetStream;
        var content = source.State.Blobs.Open(digest, null);
        if (content.Length > options.Verify.ManifestSizeLimit) return content;
        using (content)
        {
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            bytes.Position = 0;
            mediaType = Manifest.Sniff(bytes.ToArray()) ?? mediaType;
            return bytes;
        }
    }

    private long? VerifiedSize(Digest digest)
    {
        try
        {
            using var stream = _blobs.Open(digest, null);
            var buffer = new byte[1 << 16];
            while (stream.Read(buffer, 0, buffer.Length) > 0) cancellation.ThrowIfCancellationRequested();
            return stream.Length;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool IsManifest(string path)
    {
        if (files.Stat(path) is not { Kind: FileKind.File, Length: > 0 } fact || fact.Length > options.Verify.ManifestSizeLimit) return false;
        using var stream = files.OpenRead(path);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Manifest.Sniff(bytes.ToArray()) is not null;
    }

    private byte[] ReadIndex()
    {
        if (layout.Stat(LayoutNames.Index) is not { Kind: FileKind.File, Length: > 0 }) return [];
        using var stream = layout.Open(LayoutNames.Index);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    // What stood there, whatever it is, is moved aside or copied first: between the two the old index must stay in its place.
    private void Put(Session session, string name, byte[] bytes)
    {
        var path = layout.PathOf(name);
        if (layout.Stat(name) is { Kind: FileKind.File, IsLink: false, Length: > 0 })
        {
            using var stream = files.OpenRead(path);
            using var old = new MemoryStream();
            stream.CopyTo(old);
            _quarantine.Keep(session, path, old.ToArray());
        }
        else
        {
            _quarantine.Take(path);
        }

        IndexTransaction.Replace(layout, files, session, name, bytes, flush: true);
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }
}
