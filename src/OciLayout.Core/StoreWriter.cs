using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>How a store adds: stage, claim, publish, list, tag, commit.</summary>
internal sealed class StoreWriter
{
    private readonly StoreState _state;
    private readonly OciStoreOptions _options;
    private readonly Staging _staging;

    public StoreWriter(StoreState state, OciStoreOptions options)
    {
        _state = state;
        _options = options;
        _staging = new Staging(state.Files, options.Flush);
    }

    /// <summary>Begins an operation; its claims hold in this process, too, until it is disposed.</summary>
    public Session.ClaimScope Begin(CancellationToken cancellation) => _state.Begin(_options.LockTimeout, cancellation);

    /// <summary>The session of this process, whose files are there.</summary>
    public Session Session(CancellationToken cancellation) => _state.Session(_options.LockTimeout, cancellation);

    /// <summary>Copies content into <c>ingest/</c>, verified.</summary>
    public StagedBlob Stage(PushRequest request, Stream content, object? userState, CancellationToken cancellation) =>
        Stage(Session(cancellation), request, content, userState, cancellation);

    /// <summary>The same for many in a row, for which the session was looked at once.</summary>
    public StagedBlob Stage(Session session, PushRequest request, Stream content, object? userState, CancellationToken cancellation) =>
        _staging.Stage(session, request, content, _options.ManifestSizeLimit, userState, cancellation);

    /// <summary>Stages a blob by sharing the bytes of a file; null when that cannot be.</summary>
    public StagedBlob? StageShared(PushRequest request, string file, FileSharing sharing, Action<long> read, CancellationToken cancellation) =>
        _staging.StageShared(Session(cancellation), request, file, sharing, read, cancellation);

    /// <summary>
    /// Finds content that is stored already, when its digest and length are known, and verifies it unless this process has done that before.
    /// Publishing it makes it durable, and lists a manifest that the index does not list.
    /// </summary>
    /// <returns>What is stored; null when the content has to be pushed, because it is missing, wrong or cannot be read.</returns>
    public StagedBlob? Reuse(PushRequest request, object? userState, Session.ClaimScope scope, CancellationToken cancellation)
    {
        _ = request.StorableAlgorithm;
        if (request.Digest is not { } digest || request.Size is not { } size) return null;
        var mediaType = request.MediaType ?? MediaTypes.OctetStream;
        var descriptor = request.Describe(mediaType, digest, size);
        using (_state.Locks.EnterShared(_options.LockTimeout, cancellation))
        {
            scope.Claim(digest, mediaType);
            if (!_state.Directory.TryReuse(descriptor)) return null;
        }

        GraphNode? node = null;
        if (request.AsManifest || MediaTypes.IsManifest(request.MediaType))
        {
            byte[] bytes;
            try
            {
                bytes = _state.Blobs.ReadAll(digest, size, _options.ManifestSizeLimit, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.NotFound or OciErrorKind.SizeMismatch })
            {
                return null; // the push replaces it
            }

            (descriptor, node) = Staging.Parse(request, bytes, digest);
        }
        else if (!_state.Verified.Has(digest, size, cancellation))
        {
            return null;
        }

        return new StagedBlob(null, descriptor, node) { UserState = userState };
    }

    /// <summary>Makes staged content visible, all at once; manifests are listed in the index, untagged, or none is.</summary>
    public IReadOnlyList<IndexChange> Publish(IReadOnlyList<StagedBlob> staged, Session.ClaimScope scope, CancellationToken cancellation, bool list = true) =>
        Publish(staged, scope, _ => list, cancellation);

    /// <summary>Makes staged content visible, all at once: one round of flushes, one pass through the gate.</summary>
    /// <param name="staged">What is published.</param>
    /// <param name="scope">The operation that claims it.</param>
    /// <param name="lists">Which manifests are listed in the index, untagged.</param>
    /// <param name="cancellation">Stops it; what is not published then is discarded.</param>
    /// <returns>The changes of the index that wait to be saved now.</returns>
    public IReadOnlyList<IndexChange> Publish(IReadOnlyList<StagedBlob> staged, Session.ClaimScope scope, Predicate<StagedBlob> lists, CancellationToken cancellation)
    {
        if (staged.Count == 0) return [];
        try
        {
            if (_options.Flush) _state.Directory.FlushFiles([.. staged.Select(s => s.Path).OfType<string>()], cancellation);
            using (_state.Locks.EnterShared(_options.LockTimeout, cancellation))
            {
                scope.Claim([.. staged.Select(s => new Claim(s.Descriptor.Digest, s.Descriptor.MediaType))]);
                _state.Directory.Publish(staged);
            }
        }
        catch (Exception e)
        {
            foreach (var blob in staged) _staging.Discard(blob.Path);
            if (e is not (FileNotFoundException or DirectoryNotFoundException)) throw;
            throw new OciException(OciErrorKind.StoreBusy, $"Another program removed files from '{_state.Locks.Ingest}' while content was added. The content was not stored.", _state.Locks.Ingest, e);
        }

        if (_options.Flush)
        {
            // What has no bytes has none to flush, and may be a FIFO, which would block.
            _state.Directory.FlushFiles([.. staged.Where(s => s.AlreadyExisted && s.Descriptor.Size > 0).Select(s => _state.Directory.PathOf(s.Descriptor.Digest).ToString())], cancellation);
            _state.Directory.FlushDirectories(staged.Select(s => s.Descriptor.Digest.KnownAlgorithm!.Value));
        }

        var manifests = staged.Where(s => s.Node is not null && lists(s)).ToList();
        var changes = List(manifests);
        if (_options.Flush && changes.Count < manifests.Count) LayoutFiles.FlushIndex(_state.Layout, _state.Files); // another process listed them
        return changes;
    }

    /// <summary>Removes staged content that nobody publishes any more.</summary>
    public void Discard(IEnumerable<StagedBlob> staged)
    {
        foreach (var blob in staged) _staging.Discard(blob.Path);
    }

    /// <summary>Makes a tag name stored content; saved with the next commit.</summary>
    public TagChange? Tag(Descriptor target, string tag, Session.ClaimScope scope, CancellationToken cancellation)
    {
        Reference.CheckTag(tag, target.Digest.ToString());
        if (tag == target.Digest.ToString()) return _state.Blobs.Find(target.Digest) is null ? throw BlobReader.NotFound(target.Digest) : null;
        if (scope.TryJoin(target.Digest, target.MediaType))
        {
            Look(target, cancellation);
        }
        else
        {
            using (_state.Locks.EnterShared(_options.LockTimeout, cancellation))
            {
                scope.Claim(target.Digest, target.MediaType);
                Look(target, cancellation);
                ClaimNamed(target, scope, cancellation);
                _state.Directory.Renew(target);
            }
        }

        var change = new TagChange(target, tag);
        _state.Index.Apply(change);
        return change;
    }

    // Others read a claim as what its media type says, and know no pointers of an unknown type.
    private void ClaimNamed(Descriptor target, Session.ClaimScope scope, CancellationToken cancellation)
    {
        var key = NodeKey.Of(target, DescriptorRole.Root);
        if (key.Kind != ManifestKind.Document) return;
        var named = _state.Graph.Reach([key], _options.ManifestSizeLimit, cancellation).Order.Where(k => k.Digest != target.Digest).ToList();
        scope.Claim([.. named.Select(k => new Claim(k.Digest, k.Kind is ManifestKind.None or ManifestKind.Document ? MediaTypes.OctetStream : MediaTypes.Of(k.Kind)))]);
    }

    // What is tagged is there, and is what its descriptor says.
    private void Look(Descriptor target, CancellationToken cancellation)
    {
        var file = _state.Blobs.Find(target.Digest) ?? throw BlobReader.NotFound(target.Digest);
        if (file.Length != target.Size)
        {
            throw new OciException(OciErrorKind.SizeMismatch, $"The descriptor of {target.Digest} says {target.Size} bytes; the blob has {file.Length}.", target.Digest.ToString())
            {
                Expected = target.Size.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Actual = file.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
        }

        // A manifest that was not read yet is verified when it is read.
        var isNew = target.Kind != ManifestKind.None && _state.Graph.Kept(NodeKey.Of(target)) is null;
        if (!isNew) _state.Verified.Require(target.Digest, target.Size, cancellation);
        if (_state.Graph.GetPresent(NodeKey.Of(target), _options.ManifestSizeLimit, cancellation).Problem is { } problem)
            throw problem.InnerException is IOException unread ? unread : problem; // the disk is at fault then, not the manifest
        if (isNew) _state.Verified.Remember(target.Digest, file);
    }

    /// <summary>Saves what waits, whoever made it; one write for all of it.</summary>
    public void Commit(CancellationToken cancellation)
    {
        if (!_state.Index.HasPending) return;
        var session = _state.Session(_options.LockTimeout, cancellation);
        using (_state.Locks.EnterShared(_options.LockTimeout, cancellation))
        using (var transaction = IndexTransaction.Begin(_state.Index, _state.Layout, _state.Files, _state.Locks, session, _options.LockTimeout, cancellation))
        {
            var tagged = _state.Index.Pending().SelectMany(c => c.Parts).OfType<TagChange>().ToList();

            // What is tagged, and what that needs, may have been published by somebody who has not flushed the directories yet.
            if (_options.Flush && tagged.Count > 0) _state.Directory.FlushDirectories(DigestAlgorithms.All);
            transaction.Commit(_state.Blobs, _options.Flush, cancellation);
            ReleaseBelow(session, tagged);
        }
    }

    /// <summary>Commits changes, and takes them back when they could not be saved: a change that is reported as failed is not made later.</summary>
    /// <param name="changes">The changes of one operation or batch.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="waitsWhenStopped">Whether the changes wait for another commit when this one is stopped.</param>
    public void Commit(IReadOnlyList<IndexChange> changes, CancellationToken cancellation, bool waitsWhenStopped = false)
    {
        try
        {
            Commit(cancellation);
        }
        catch (OperationCanceledException) when (waitsWhenStopped)
        {
            throw;
        }
        catch (Exception e)
        {
            // Another thread may have saved the changes with its own. Then they did not fail.
            if (changes.Count == 0 || TakeBack(changes) || e is not (IOException or UnauthorizedAccessException or OciException or OperationCanceledException)) throw;
        }

        if (changes.FirstOrDefault(c => c.Failure is not null)?.Failure is { } failure) throw failure;
        if (changes.FirstOrDefault(c => c.Unfinished is not null)?.Unfinished is { } unfinished) throw unfinished;
    }

    /// <summary>Takes back changes that wait to be saved.</summary>
    /// <returns>Whether any waited.</returns>
    public bool TakeBack(IReadOnlyList<IndexChange> changes) => _state.Index.TakeBack(changes);

    // Lists the manifests that are not listed yet. A listing of another thread may still fail to be saved, so it does not count.
    private List<IndexChange> List(List<StagedBlob> manifests)
    {
        if (manifests.Count == 0) return [];
        foreach (var staged in manifests) _state.Graph.Add(NodeKey.Of(staged.Descriptor), staged.Node!);
        var listed = _state.Index.Read(table => new HashSet<Digest>(manifests.Where(s => table.Lists(s.Descriptor)).Select(s => s.Descriptor.Digest)));
        var unsaved = listed.Count == 0 ? listed : _state.Index.Unsaved(listed);
        var changes = new List<IndexChange>();
        foreach (var descriptor in manifests.Select(s => s.Descriptor))
        {
            var isNew = !listed.Contains(descriptor.Digest);
            if (isNew || unsaved.Contains(descriptor.Digest)) changes.Add(new ListChange(descriptor, isNew));
        }

        foreach (var change in changes) _state.Index.Apply(change);
        return changes;
    }

    // A tag keeps all below it from now on, so the claims on that are over. What was not read yet stays claimed; that hurts nobody. The
    // transaction has seen that what is tagged is there, and the gate has kept removers out since.
    private void ReleaseBelow(Session session, List<TagChange> tagged)
    {
        if (tagged.Count == 0 || !session.HasClaims) return;
        var seen = new HashSet<NodeKey>();
        var stack = new Stack<NodeKey>();
        try
        {
            var saved = _state.Index.Read(table => tagged.Where(c => c.Failure is null && table.FindTag(c.Tag)?.Digest == c.Target.Digest).ToList());
            foreach (var change in saved) Enter(NodeKey.Of(change.Target), _state.Graph.Kept);
            while (stack.Count > 0) Enter(stack.Pop(), _state.Graph.Known);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            return; // the index is saved; claims that are kept too long only delay garbage collection
        }

        session.Release(seen.Select(k => k.Digest));

        void Enter(NodeKey key, Func<NodeKey, GraphNode?> find)
        {
            if (!seen.Add(key) || key.Kind == ManifestKind.None) return;
            foreach (var edge in find(key)?.Edges ?? []) stack.Push(edge.Target);
        }
    }
}
