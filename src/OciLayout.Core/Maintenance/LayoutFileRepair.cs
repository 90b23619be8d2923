using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Maintenance;

/// <summary>
/// Repairs <c>oci-layout</c> and <c>index.json</c>. Reads both again while holding the locks, so changes that other processes made
/// meanwhile are kept. The quarantine keeps the old file.
/// </summary>
internal sealed class LayoutFileRepair(RepairContext context)
{
    /// <summary>Writes <c>oci-layout</c>.</summary>
    /// <returns>The reason why the finding is not repaired; null if it is.</returns>
    public string? WriteLayout() => Change(session =>
    {
        if (!IsLayoutSound()) Put(session, LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
        return null;
    });

    /// <summary>Rebuilds <c>index.json</c> from the blobs.</summary>
    /// <param name="lost">The observer of tags that could not be restored.</param>
    /// <returns>The reason why the finding is not repaired; null if it is.</returns>
    public string? RebuildIndex(Action<Finding> lost) => Change(session =>
    {
        var old = ReadIndex();
        var table = TryParse(old);
        if (table is not null && table.Entries.Any(e => !e.Digest.IsEmpty)) return null;
        var rebuilder = new IndexRebuilder(context.Layout, context.Sources, context.ManifestLimit, context.Cancellation);
        var bytes = rebuilder.Rebuild(old);
        if (table is not null && rebuilder.ListedCount == 0) return null; // the manifests were deleted meanwhile
        Put(session, LayoutNames.Index, bytes);
        if (LostTags(rebuilder) is { } actual)
            lost(new Finding(FindingProblem.TagsLost, FindingSeverity.Warning, context.Layout.PathOf(LayoutNames.Index)) { Expected = "the tags of the old index", Actual = actual });
        return null;
    });

    // Without a source, nothing shows that the old index had no tag for content that usually has none.
    private string? LostTags(IndexRebuilder rebuilder)
    {
        if (rebuilder.UntaggedCount > 0) return $"{rebuilder.UntaggedCount} of {rebuilder.ListedCount} manifests have no tag in the old index or in a source";
        if (rebuilder.UncertainCount == 0 || context.Sources.Count > 0) return null;
        return $"{rebuilder.UncertainCount} members of an index, referrers or unreferenced blobs may have had a tag that is lost";
    }

    /// <summary>Rewrites <c>index.json</c> to match its schema.</summary>
    /// <param name="lost">Receives what could not be recovered.</param>
    /// <returns>The reason why the file could not be written; null if it was. Writing it need not repair every finding.</returns>
    public string? RewriteIndex(Action<Finding> lost) => Change(session =>
    {
        var old = ReadIndex();
        var bytes = IndexRewriter.Rewrite(old, context.VerifiedLength, context.MediaTypeOf, []);
        if (!bytes.AsSpan().SequenceEqual(old)) Put(session, LayoutNames.Index, bytes);
        foreach (var entry in IndexTable.Parse(old).Entries.Where(e => e.IsNamed && e.Name is null)) lost(Lost(entry, "the name in the entry is not valid text"));
        return null;
    });

    /// <summary>Drops the entries that need missing content. Determines them again while holding the locks.</summary>
    /// <returns>The dropped tags.</returns>
    public IReadOnlyList<Finding> DropMissing()
    {
        var dropped = new List<Finding>();
        if (FindBroken().Count == 0) return dropped;
        return UnderLocks(session =>
        {
            var broken = FindBroken(); // again, because other processes may have fetched content or moved a tag
            broken.ExceptWith(context.Writer.State.ClaimsToRespect().Select(c => c.Digest));
            var old = ReadIndex();
            var entries = TryParse(old)?.Entries.Where(e => broken.Contains(e.Digest)).ToList();
            if (entries is null or []) return dropped;
            Put(session, LayoutNames.Index, Without(broken, old));
            dropped.AddRange(entries.Where(e => e.Tag is not null && !e.NamesItself).Select(e => Lost(e, "the tag was deleted because some of its content is not stored")));
            return dropped;
        });
    }

    private byte[] Without(HashSet<Digest> broken, byte[] old)
    {
        try
        {
            return IndexRewriter.Rewrite(old, _ => null, _ => null, broken);
        }
        catch (JsonException e)
        {
            var path = context.Layout.PathOf(LayoutNames.Index);
            throw Errors.EntriesNotDeleted(context.Layout.PathOf(LayoutNames.Index), e);
        }
    }

    private Finding Lost(IndexEntry entry, string actual) => new(FindingProblem.TagsLost, FindingSeverity.Warning, context.Layout.PathOf(LayoutNames.Index))
    {
        Digest = entry.Digest,
        Expected = entry.Tag is null ? "a tag" : "all content that the tag needs",
        Actual = actual,
        Tags = entry.Tag is { } tag ? [Digest.Shorten(tag)] : [],
    };

    // Returns the digests of missing content, and of the named entries that need it.
    private HashSet<Digest> FindBroken()
    {
        var broken = new HashSet<Digest>();
        context.Verify(f =>
        {
            if (f.Problem != FindingProblem.Missing || f.Severity == FindingSeverity.Notice) return;
            broken.Add(f.Digest);
            if (f.Severity == FindingSeverity.Error) broken.UnionWith(f.Roots);
        });
        return broken;
    }

    private string? Change(Func<Session, string?> change) => RepairContext.Try(() => UnderLocks(change));

    private T UnderLocks<T>(Func<Session, T> change)
    {
        using (context.LockStoreExclusive())
        using (context.Locks.LockIndex(context.Timeout, context.Cancellation))
        using (var session = Session.Open(context.Files, context.Locks.Ingest))
        {
            return change(session);
        }
    }

    private bool IsLayoutSound()
    {
        try
        {
            LayoutFiles.Check(context.Layout);
            using var stream = context.Layout.Open(LayoutNames.Layout);
            return !Model.Json.HasByteOrderMark(stream.ReadToEnd());
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidLayout)
        {
            return false;
        }
    }

    private byte[] ReadIndex()
    {
        if (context.Layout.Stat(LayoutNames.Index) is not { Kind: FileKind.File, Length: > 0 and <= IndexCheck.SizeLimit }) return [];
        using var stream = context.Layout.Open(LayoutNames.Index);
        return stream.ReadToEnd();
    }

    private static IndexTable? TryParse(byte[] index)
    {
        try
        {
            return IndexTable.Parse(index);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Moves the old file to the quarantine if it cannot be an index. Otherwise copies it there: an index must exist until the rename.
    private void Put(Session session, string name, byte[] bytes)
    {
        var path = context.Layout.PathOf(name);
        if (context.Layout.Stat(name) is { Kind: FileKind.File, IsLink: false, Length: > 0 })
        {
            using var stream = context.Files.OpenRead(path);
            context.Quarantine.Copy(session, path, stream.ReadToEnd());
        }
        else
        {
            context.Quarantine.Move(path);
        }

        IndexTransaction.Replace(context.Layout, context.Files, session, name, bytes, flush: true);
    }
}
