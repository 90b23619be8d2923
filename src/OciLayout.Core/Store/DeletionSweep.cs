using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Planning;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>Carries out the plan of a deletion.</summary>
internal sealed class DeletionSweep : Sweep
{
    private readonly DeletionPlan _plan;
    private readonly StoreWriter _writer;
    private readonly HashSet<Digest> _planned;
    private ClaimScope? _scope;
    private readonly List<IndexChange> _lists = [];
    private RetainedContent? _retained;

    public DeletionSweep(StoreState state, OciStoreOptions options, DeletionPlan plan, StoreWriter writer, Action<RemovedItem>? removed, CancellationToken cancellationToken)
        : base(state, options, removed, cancellationToken)
    {
        _plan = plan;
        _writer = writer;
        _planned = [.. plan.Digests];
    }

    /// <summary>Gets whether the index no longer lists the content, so that only files are left to delete.</summary>
    public bool IsIndexSaved { get; private set; }

    /// <summary>
    /// Publishes the new versions of fallback indexes that lose members. Runs before the sweep, because publishing takes the shared store
    /// lock. The claims on them last until the index is saved with their tags.
    /// </summary>
    public void PublishLists(ClaimScope scope)
    {
        _scope = scope;
        foreach (var edit in _plan.FallbackEdits)
        {
            if (edit.Replacement is null)
            {
                _lists.Add(new UntagChange(edit.Tag));
                continue;
            }

            var request = new PushRequest { MediaType = edit.Old.MediaType, AsManifest = true, IsCarried = true, Algorithm = edit.Old.Digest.KnownAlgorithm ?? DigestAlgorithm.Sha256 };
            var staged = _writer.Stage(request, new MemoryStream(edit.Replacement), null, Cancellation);
            _writer.Publish([staged], scope, Cancellation, list: false);
            _lists.Add(new TagChange(staged.Descriptor, edit.Tag));
        }
    }

    protected override IReadOnlyList<RemovedItem> Begin()
    {
        var current = UpdatePlan();
        _planned.IntersectWith(current.Digests);
        RequirePlaces(current.Items);
        Save([.. _lists, new RemoveChange([.. _planned])]);
        IsIndexSaved = true;

        // The saved index lists the new fallback indexes by their tags. Release their claims, which would retain all referrers that they
        // list.
        _scope?.Dispose();
        State.OpenSession?.Release(_lists.OfType<TagChange>().Select(l => l.Target.Digest));
        return [.. current.Items.Where(i => _planned.Contains(i.Digest))];
    }

    protected override void FindRetained(IndexSnapshot index, IReadOnlyList<Claim> claims) =>
        _retained = new RetainedContent(State.Graph, index, claims, _planned, _plan.Forced, Options.ManifestSizeLimit, Cancellation);

    protected override bool IsRetained(Digest digest) => _retained!.Contains(digest);

    // If the index changed since the plan was made, plans again. The new plan must not delete a tag that the caller has not seen.
    private DeletionPlan UpdatePlan()
    {
        var index = State.Entries();
        if (index.Version == _plan.Version) return _plan;
        var target = _plan.Target.Digest;
        var current = new DeletionPlanner(State.Graph, State.Blobs, index, _plan.Target, Options.ManifestSizeLimit, Cancellation).Plan(_plan.Tag, _plan.Options);
        if (!_plan.Options.Force && !current.Tags.All(_plan.Tags.Contains))
            throw DeletionErrors.Tagged(target, current.Tags);
        if (!current.FallbackEdits.SequenceEqual(_plan.FallbackEdits))
            throw DeletionErrors.ReferrersChanged(target);
        return current;
    }
}
