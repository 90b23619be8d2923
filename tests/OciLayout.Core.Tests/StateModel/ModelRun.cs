using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.StateModel;

/// <summary>Runs a sequence on a real directory and on the model, and compares them after every step.</summary>
internal sealed class ModelRun : IDisposable
{
    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly string _root;
    private readonly List<ModelEntry> _entries = [];
    private readonly HashSet<Digest> _stored = [];
    private readonly ModelProcess[] _processes;

    public ModelRun()
    {
        _root = _directory["layout"];
        OciStore.Create(_root, new OciStoreOptions { Flush = false });
        _processes = [new ModelProcess(_root), new ModelProcess(_root)];
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.End();
        _directory.Dispose();
    }

    /// <summary>Makes all moves. A failure names the move that failed.</summary>
    public void Make(IEnumerable<ModelStep> moves)
    {
        foreach (var (at, move) in moves.Index())
        {
            try
            {
                Make(move);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"At move {at + 1}, {move}, with {string.Join(", ", _entries.Select(x => ModelContents.ByDigest[x.Digest] + (x.IsOther ? "?=" : "=") + x.Tag))} and {string.Join(", ", _stored.Select(x => ModelContents.ByDigest[x]))}: {e.Message}", e);
            }
        }
    }

    private void Make(ModelStep move)
    {
        var process = _processes[move.Process];
        var thing = ModelContents.All[move.Thing];
        var tag = ModelContents.Tags[move.Tag];
        switch (move.Kind)
        {
            case ModelStepKind.Push: Push(process, thing, move.Auto); break;
            case ModelStepKind.Tag: Tag(process, thing, tag, move.Auto); break;
            case ModelStepKind.Untag: Untag(process, tag, move.Auto); break;
            case ModelStepKind.Save: Save(process); break;
            case ModelStepKind.Delete: Delete(process, move.One ? tag : null, thing, move.Auto, move.Force); break;
            case ModelStepKind.Collect: Collect(process, move.One, move.Force); break;
            case ModelStepKind.Restart: process.Restart(); break;
            case ModelStepKind.ForeignTag: Foreign(tag, thing.Digest, drop: true); break;
            case ModelStepKind.ForeignDuplicate: Foreign(tag, thing.Digest, drop: false); break;
            case ModelStepKind.ForeignUntag: Foreign(tag, null, drop: true); break;
            case ModelStepKind.ForeignRetype: Foreign(move.One ? tag : null, thing.Digest, drop: true, isOther: true); break;
        }

        Settle();
        Compare(process);
    }

    private void Push(ModelProcess process, ModelContent thing, bool auto)
    {
        var isStored = _stored.Contains(thing.Digest);
        var waits = thing.IsManifest && (!ModelIndex.Lists(View(process), thing.Digest) || process.Pending.Any(p => p.Needs == thing.Digest));
        process.Claim(thing.Digest);
        Expect(null, () => Assert.Equal(isStored, process.With(auto).Push(thing.Descriptor, new MemoryStream(thing.Content)).AlreadyExisted), () =>
        {
            _stored.Add(thing.Digest);
            if (thing.IsManifest && !ModelIndex.Lists(View(process), thing.Digest)) process.Pending.Add((e => ModelIndex.List(e, thing.Digest), thing.Digest));
        });
        if (auto && waits) Commit(process); // a save also writes the changes that waited before
    }

    private void Tag(ModelProcess process, ModelContent thing, string tag, bool auto)
    {
        process.Claim(thing.Digest);
        if (!thing.IsManifest) process.MayClaim.UnionWith(new ModelGraph(_stored).Claimed([thing.Digest], atMost: true)); // a tag also claims the content that a document names
        Expect(_stored.Contains(thing.Digest) ? null : OciErrorKind.NotFound, () => process.With(auto).Tag(thing.Descriptor, tag), () =>
        {
            process.Pending.Add((e => ModelIndex.SetTag(e, thing.Digest, tag), thing.Digest));
            if (auto) Commit(process);
        });
    }

    private void Untag(ModelProcess process, string tag, bool auto) =>
        Expect(ModelIndex.FindTag(View(process), tag) is null ? OciErrorKind.NotFound : null, () => process.With(auto).Untag(tag), () =>
        {
            process.Pending.Add((e => ModelIndex.DropTags(e, tag), default));
            if (auto) Commit(process);
        });

    private void Save(ModelProcess process)
    {
        Expect(process.Pending.Any(p => Lacks(p.Needs)) ? OciErrorKind.NotFound : null, () => process.Store.SaveIndex(), () => { });
        Commit(process); // changes whose content exists are saved even if others fail
    }

    private void Delete(ModelProcess process, string? tag, ModelContent thing, bool cascade, bool force)
    {
        var view = View(process);
        Digest? target = tag is null ? thing.Digest : ModelIndex.FindTag(view, tag)?.Digest;
        var isThere = target is { } t && (_stored.Contains(t) || view.Any(e => e.Digest == t));
        var plan = isThere ? new ModelPlans(view, _stored).Delete(target!.Value, tag, cascade, force) : null;
        var expected = !isThere ? OciErrorKind.NotFound : plan is null ? OciErrorKind.ContentReferenced : (OciErrorKind?)null;
        Expect(expected, () => process.Store.Delete(process.Store.PlanDeletion(tag ?? thing.Digest.ToString(), new DeletionOptions { Cascade = cascade, Force = force })), () =>
        {
            Commit(process);
            var other = _processes.Single(p => p != process);
            var graph = new ModelGraph(_stored);
            var (must, may) = (graph.Claimed(other.MustClaim, atMost: false), graph.Claimed(other.MayClaim, atMost: true));
            foreach (var edit in plan!.Value.Edits)
            {
                if (edit.Value is not { } list)
                {
                    ModelIndex.DropTags(_entries, edit.Key);
                    continue;
                }

                _stored.Add(list.Digest);
                process.Claim(list.Digest);
                ModelIndex.SetTag(_entries, list.Digest, edit.Key);
            }

            _entries.RemoveAll(e => plan.Value.Plan.Contains(e.Digest));
            Adopt([.. _stored.Where(d => !plan.Value.Plan.Contains(d) || must.Contains(d))], [.. _stored.Where(d => !plan.Value.Plan.Contains(d) || may.Contains(d))]);
            process.MustClaim.IntersectWith(_stored); // a process has no claims on content that it deleted
        });
    }

    private void Collect(ModelProcess process, bool keepUntagged, bool force)
    {
        Commit(process);
        var other = _processes.Single(p => p != process);
        var plans = new ModelPlans(_entries, _stored);
        var must = plans.Collect(other.MustClaim, atMost: false, keepUntagged, force);
        Expect(must is null ? OciErrorKind.IncompleteGraph : null, () => process.Store.Collect(new GarbageOptions { KeepUntagged = keepUntagged, Force = force }), () =>
        {
            var may = plans.Collect(other.MayClaim, atMost: true, keepUntagged, force)!;
            var listed = ReadIndex().Select(e => e.Digest).ToHashSet();
            Assert.All(_entries, e => Assert.True(listed.Contains(e.Digest) ? may.Contains(e.Digest) : !must!.Contains(e.Digest), $"entry of {ModelContents.ByDigest[e.Digest]}"));
            _entries.RemoveAll(e => !listed.Contains(e.Digest));
            Adopt([.. _stored.Where(must!.Contains)], [.. _stored.Where(may.Contains)]);
            process.MustClaim.IntersectWith(_stored);

            var again = process.Store.Collect(new GarbageOptions { KeepUntagged = keepUntagged, Force = true });
            Assert.Equal((0, 0), (again.RemovedCount, again.RemovedEntries));
        });
    }

    // Changes the index and writes it in place, as another tool does.
    private void Foreign(string? tag, Digest? digest, bool drop, bool isOther = false)
    {
        if (drop) _entries.RemoveAll(e => tag is not null && e.Tag == tag);
        if (digest is { } added) _entries.Add(new(added, tag, isOther && ModelContents.ByDigest[added].MediaType != ModelContents.OtherType));
        var manifests = _entries.Select(e =>
        {
            var thing = e.IsOther ? ModelContents.ByDigest[e.Digest].JsonAs(ModelContents.OtherType) : ModelContents.ByDigest[e.Digest].Json;
            return e.Tag is null ? thing : thing[..^1] + ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + e.Tag + "\"}}";
        });
        File.WriteAllText(Path.Combine(_root, "index.json"), $$"""{"schemaVersion":2,"manifests":[{{string.Join(',', manifests)}}]}""");
    }

    private void Commit(ModelProcess process)
    {
        foreach (var (apply, needs) in process.Pending.Where(p => !Lacks(p.Needs))) apply(_entries);
        process.Pending.Clear();
        Settle();
    }

    private bool Lacks(Digest needs) => !needs.IsEmpty && !_stored.Contains(needs);

    private List<ModelEntry> View(ModelProcess process)
    {
        List<ModelEntry> view = [.. _entries];
        foreach (var (apply, _) in process.Pending) apply(view);
        return view;
    }

    // A claim ends for good when a tag reaches its content.
    private void Settle()
    {
        var reached = new ModelPlans(_entries, _stored).Tagged();
        foreach (var process in _processes) process.MustClaim.ExceptWith(reached);
    }

    // The store may keep any content between the minimum and the maximum. The model continues with the content that the store kept.
    private void Adopt(HashSet<Digest> must, HashSet<Digest> may)
    {
        var actual = ReadBlobs();
        Assert.True(must.IsSubsetOf(actual), "gone: " + string.Join(", ", must.Except(actual).Select(d => ModelContents.ByDigest[d])));
        Assert.True(actual.IsSubsetOf(may), "still there: " + string.Join(", ", actual.Except(may).Select(d => ModelContents.ByDigest[d])));
        _stored.Clear();
        _stored.UnionWith(actual);
    }

    private static void Expect(OciErrorKind? expected, Action act, Action model)
    {
        OciErrorKind? actual = null;
        try
        {
            act();
        }
        catch (OciException e)
        {
            actual = e.Kind;
            if (expected != actual) throw new InvalidOperationException($"expected {expected?.ToString() ?? "success"}", e);
        }

        Assert.Equal(expected, actual);
        if (actual is null) model();
    }

    private void Compare(ModelProcess process)
    {
        Assert.Equal(_entries, ReadIndex());
        Assert.Equal(_stored.Order(), ReadBlobs().Order());
        var store = process.Store;
        var view = View(process);
        var tags = view.Where(e => e.Tag is not null).Select(e => e.Tag!).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.Equal(tags, store.GetTags().Select(t => t.Tag));
        Assert.All(tags, t => Assert.Equal(ModelIndex.FindTag(view, t)!.Digest, store.Resolve(t).Digest));
        var graph = new ModelGraph(_stored);
        var manifests = new ModelPlans(view, _stored).Listed().Where(n => !n.IsDocument).ToList();
        foreach (var thing in ModelContents.All)
        {
            Assert.Equal(_stored.Contains(thing.Digest), store.Exists(thing.Digest));
            Assert.Equal(manifests.Where(m => graph.Successors(m).Contains(thing.Digest)).Select(m => m.Digest).Order(), store.GetPredecessors(thing.Digest).Select(p => p.Digest).Order());
            Assert.Equal(manifests.Where(m => graph.SubjectOf(m) == thing.Digest).Select(m => m.Digest).Order(), store.GetReferrers(thing.Digest).Select(p => p.Digest).Order());
        }
    }

    private List<ModelEntry> ReadIndex()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_root, "index.json")));
        return
        [
            .. json.RootElement.GetProperty("manifests").EnumerateArray().Select(m => new ModelEntry(
                Digest.Parse(m.GetProperty("digest").GetString()!),
                m.TryGetProperty("annotations", out var a) ? a.GetProperty("org.opencontainers.image.ref.name").GetString() : null,
                m.GetProperty("mediaType").GetString() is ModelContents.OtherType && ModelContents.ByDigest[Digest.Parse(m.GetProperty("digest").GetString()!)].MediaType != ModelContents.OtherType)),
        ];
    }

    private HashSet<Digest> ReadBlobs()
    {
        var blobs = Path.Combine(_root, "blobs", "sha256");
        return Directory.Exists(blobs) ? [.. Directory.EnumerateFiles(blobs).Select(f => Digest.Parse("sha256:" + Path.GetFileName(f)))] : [];
    }
}
