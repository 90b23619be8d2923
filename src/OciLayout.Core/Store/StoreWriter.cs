using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>Adds content and changes the index of a store: stages, claims, publishes, lists, tags and commits.</summary>
internal sealed class StoreWriter
{
    private readonly StoreState _state;
    private readonly OciStoreOptions _options;
    private readonly Staging _staging;
    private readonly DownloadStaging _downloads;

    public StoreWriter(StoreState state, OciStoreOptions options)
    {
        _state = state;
        _options = options;
        _staging = new Staging(state.Files, options.Flush);
        _downloads = new DownloadStaging(state.Files, options.Flush);
    }

    public StoreState State => _state;

    /// <summary>Begins an operation. Until the scope is disposed, its claims also hold against deletion by this process.</summary>
    public ClaimScope Begin(CancellationToken cancellationToken) => _state.Begin(_options.LockTimeout, cancellationToken);

    /// <summary>Returns the session of this process and ensures that its files exist.</summary>
    public Session Session(CancellationToken cancellationToken) => _state.Session(_options.LockTimeout, cancellationToken);

    /// <summary>Copies a stream to a staging file in <c>ingest/</c> and verifies its digest and size while copying.</summary>
    public StagedBlob Stage(PushRequest request, Stream content, object? userState, CancellationToken cancellationToken) =>
        Stage(Session(cancellationToken), request, content, userState, cancellationToken);

    /// <summary>Stages content in a given session, so that a batch checks its session only once.</summary>
    public StagedBlob Stage(Session session, PushRequest request, Stream content, object? userState, CancellationToken cancellationToken) =>
        _staging.Stage(session, request, content, _options.ManifestSizeLimit, userState, cancellationToken);

    /// <summary>Stages a blob by sharing the bytes of a file. Returns null if the file system cannot share them.</summary>
    public StagedBlob? StageShared(PushRequest request, string file, FileSharing sharing, Action<long> read, CancellationToken cancellationToken) =>
        _staging.StageShared(Session(cancellationToken), request, file, sharing, read, cancellationToken);

    /// <summary>
    /// Stages a blob that comes from a network. Bytes that were received remain when it fails. Returns null if another process downloads the
    /// same blob. After a result, the caller calls <see cref="Release"/>.
    /// </summary>
    public StagedBlob? StageDownload(PushRequest request, Func<long, Stream> open, Action<long> received, object? userState, CancellationToken cancellationToken)
    {
        var session = Session(cancellationToken);
        if (PartialBlob.TryOpen(_state.Files, _state.Locks.Ingest, request.Digest!.Value) is not { } partial) return null;
        try
        {
            return _downloads.Stage(session, request, partial, open, received, userState, cancellationToken);
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Ends downloads. Deletes the files of those that were published; the others remain for the next download.</summary>
    public static void Release(IEnumerable<StagedBlob> staged, bool arePublished)
    {
        foreach (var partial in staged.Select(s => s.Partial).OfType<PartialBlob>())
        {
            try
            {
                if (arePublished) partial.Clear();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
            {
                // The blob is published. Garbage collection deletes the file later.
            }

            partial.Dispose();
        }
    }

    /// <summary>
    /// Looks up stored content by its digest and size, and verifies it unless this process has already done so. Publishing the result makes
    /// the content durable, and lists a manifest that the index does not list.
    /// </summary>
    /// <returns>The stored content; null if the content must be pushed because it is missing, wrong or unreadable.</returns>
    public StagedBlob? Reuse(PushRequest request, object? userState, ClaimScope scope, CancellationToken cancellationToken)
    {
        request.Check();
        if (request.Digest is not { } digest || request.Size is not { } size) return null;
        var mediaType = request.MediaType ?? MediaTypes.OctetStream;
        var descriptor = request.Describe(mediaType, digest, size);
        using (_state.Locks.LockStoreShared(_options.LockTimeout, cancellationToken))
        {
            scope.Claim(digest, mediaType);
            if (!_state.Directory.TryReuse(descriptor)) return null;
        }

        ManifestNode? node = null;
        if (request.AsManifest || MediaTypes.IsManifest(request.MediaType))
        {
            byte[] bytes;
            try
            {
                bytes = _state.Blobs.ReadAll(digest, size, _options.ManifestSizeLimit, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.NotFound or OciErrorKind.SizeMismatch })
            {
                return null; // the push replaces it
            }

            (descriptor, node) = Staging.Parse(request, bytes, digest);
        }
        else if (!_state.Verified.Has(digest, size, cancellationToken))
        {
            return null;
        }

        return new StagedBlob(null, descriptor, node) { UserState = userState };
    }

    /// <summary>
    /// Publishes staged content: all of it becomes visible at once. Lists either all manifests in the index, without tags, or none.
    /// </summary>
    public IReadOnlyList<IndexChange> Publish(IReadOnlyList<StagedBlob> staged, ClaimScope scope, CancellationToken cancellationToken, bool list = true) =>
        Publish(staged, scope, _ => list, cancellationToken);

    /// <summary>
    /// Publishes staged content: all of it becomes visible at once, with one round of flushes and one acquisition of the lock.
    /// </summary>
    /// <param name="staged">The content to publish.</param>
    /// <param name="scope">The operation that claims the content.</param>
    /// <param name="lists">The manifests that the index lists, without tags.</param>
    /// <param name="cancellationToken">The token that cancels publishing. Content that is not published then is discarded.</param>
    /// <returns>The changes of the index that must be saved.</returns>
    public IReadOnlyList<IndexChange> Publish(IReadOnlyList<StagedBlob> staged, ClaimScope scope, Predicate<StagedBlob> lists, CancellationToken cancellationToken)
    {
        if (staged.Count == 0) return [];
        try
        {
            if (_options.Flush) _state.Files.FlushAll([.. staged.Select(s => s.Path).OfType<string>()], cancellationToken);
            using (_state.Locks.LockStoreShared(_options.LockTimeout, cancellationToken))
            {
                scope.Claim([.. staged.Select(s => new Claim(s.Descriptor.Digest, s.Descriptor.MediaType))]);
                _state.Directory.Publish(staged);
            }
        }
        catch (Exception e)
        {
            Discard(staged);
            if (e is not (FileNotFoundException or DirectoryNotFoundException)) throw;
            throw Errors.StagingLost(_state.Locks.Ingest, e);
        }

        if (_options.Flush)
        {
            // Empty content has nothing to flush. Its path may be a FIFO, which would block.
            _state.Files.FlushAll([.. staged.Where(s => s.AlreadyExisted && s.Descriptor.Size > 0).Select(s => _state.Directory.PathOf(s.Descriptor.Digest).ToString())], cancellationToken);
            _state.Directory.FlushDirectories(staged.Select(s => s.Descriptor.Digest.KnownAlgorithm!.Value));
        }

        var manifests = staged.Where(s => s.Node is not null && lists(s)).ToList();
        var changes = List(manifests);
        if (_options.Flush && changes.Count < manifests.Count) LayoutFiles.FlushIndex(_state.Layout, _state.Files); // listed by another process
        return changes;
    }

    /// <summary>Deletes staged content that will not be published, except downloads.</summary>
    public void Discard(IEnumerable<StagedBlob> staged)
    {
        foreach (var blob in staged)
        {
            if (blob.Partial?.Parts.Contains(blob.Path) != true) _staging.Discard(blob.Path);
        }
    }

    /// <summary>Assigns a tag to stored content. The next commit saves it. With edited content, the tag must still name that content.</summary>
    public TagChange? Tag(Descriptor target, string tag, Digest? edited, ClaimScope scope, CancellationToken cancellationToken)
    {
        Reference.CheckTag(tag, target.Digest.ToString());
        if (tag == target.Digest.ToString()) return _state.Blobs.Find(target.Digest) is null ? throw ContentErrors.NotStored(target.Digest, _state.Blobs.Root) : null;
        if (scope.TryJoin(target.Digest, target.MediaType))
        {
            RequireStored(target, cancellationToken);
        }
        else
        {
            using (_state.Locks.LockStoreShared(_options.LockTimeout, cancellationToken))
            {
                scope.Claim(target.Digest, target.MediaType);
                RequireStored(target, cancellationToken);
                ClaimNamed(target, scope, cancellationToken);
                _state.Directory.Renew(target);
            }
        }

        var change = edited is { } old ? new MoveTagChange(target, tag, old) : new TagChange(target, tag);
        _state.Index.Apply(change);
        if (change.Failure is not { } failure) return change;
        TakeBack([change]);
        throw failure;
    }

    /// <summary>Renames a tag. The next commit saves it.</summary>
    public RenameChange Rename(string tag, string newTag, bool replace, string root)
    {
        var change = new RenameChange(tag, newTag, replace, root);
        _state.Index.Apply(change);
        if (change.Failure is not { } failure) return change;
        TakeBack([change]);
        throw failure;
    }

    /// <summary>Adds an entry without a tag for listed content, which keeps the annotations of the descriptor. The next commit saves it.</summary>
    public EntryChange AddEntry(Descriptor target)
    {
        var change = new EntryChange(target);
        _state.Index.Apply(change);
        return change;
    }

    /// <summary>Claims content, and then checks that the index still lists the entries from which the content is reachable.</summary>
    /// <returns>Whether the index lists all entries. If it does, garbage collection respects the claims from now on.</returns>
    public bool TryClaim(IReadOnlyCollection<Claim> claims, IReadOnlyCollection<Digest> entries, ClaimScope scope, CancellationToken cancellationToken)
    {
        if (claims.Count == 0) return true;

        // A collection that started after the claim respects it. A collection that started before has removed the entries.
        using (_state.Locks.LockStoreShared(_options.LockTimeout, cancellationToken))
        {
            scope.Claim([.. claims]);
            return _state.Index.Read(table => entries.All(table.Lists));
        }
    }

    // Claims also the content that a document of an unknown type references. Other processes read a claim by its media type alone, and see
    // no references in such a document.
    private void ClaimNamed(Descriptor target, ClaimScope scope, CancellationToken cancellationToken)
    {
        var key = NodeKey.Of(target, DescriptorRole.Root);
        if (key.Kind != ManifestKind.Document) return;
        var named = _state.Graph.FindReachable([key], _options.ManifestSizeLimit, cancellationToken).Order.Where(k => k.Digest != target.Digest).ToList();
        scope.Claim([.. named.Select(k => new Claim(k.Digest, k.Kind is ManifestKind.None or ManifestKind.Document ? MediaTypes.OctetStream : MediaTypes.Of(k.Kind)))]);
    }

    // Requires that the content of a tag exists and matches its descriptor.
    private void RequireStored(Descriptor target, CancellationToken cancellationToken)
    {
        var file = _state.Blobs.Find(target.Digest) ?? throw ContentErrors.NotStored(target.Digest, _state.Blobs.Root);
        if (file.Length != target.Size)
        {
            throw ContentErrors.WrongSize(target.Digest, target.Size, file.Length, _state.Blobs.Root);
        }

        // A manifest that this process has not read yet is verified when it is read below.
        var isNew = target.Kind != ManifestKind.None && _state.Graph.FindCached(NodeKey.Of(target)) is null;
        if (!isNew) _state.Verified.Require(target.Digest, file, target.Size, cancellationToken);
        if (_state.Graph.GetStored(NodeKey.Of(target), _options.ManifestSizeLimit, cancellationToken).Problem is { } problem)
            throw problem.InnerException is IOException unread ? unread : problem; // the disk failed; the manifest may be valid
        if (isNew) _state.Verified.Remember(target.Digest, file);
    }

    /// <summary>Saves all waiting changes of this process with one write, including the changes of other threads.</summary>
    public void Commit(CancellationToken cancellationToken)
    {
        if (!_state.Index.HasPending) return;
        var session = _state.Session(_options.LockTimeout, cancellationToken);
        using (_state.Locks.LockStoreShared(_options.LockTimeout, cancellationToken))
        using (var transaction = IndexTransaction.Begin(_state.Index, _state.Layout, _state.Files, _state.Locks, session, _options.LockTimeout, cancellationToken))
        {
            var tagged = _state.Index.Pending().SelectMany(c => c.Parts).OfType<TagChange>().ToList();

            // The tagged content, or content below it, may have been published by a process that has not flushed the directories yet.
            if (_options.Flush && tagged.Count > 0) _state.Directory.FlushDirectories(DigestAlgorithms.All);
            transaction.Commit(_state.Blobs, _options.Flush, cancellationToken);
            ReleaseBelow(session, tagged);
        }
    }

    /// <summary>
    /// Commits changes. Changes that cannot be saved are taken back, so a change that is reported as failed is never applied later.
    /// </summary>
    /// <param name="changes">The changes of one operation or batch.</param>
    /// <param name="cancellationToken">The token that cancels waiting for locks.</param>
    /// <param name="waitsWhenStopped">Whether the changes wait for another commit if this one is cancelled.</param>
    public void Commit(IReadOnlyList<IndexChange> changes, CancellationToken cancellationToken, bool waitsWhenStopped = false)
    {
        try
        {
            Commit(cancellationToken);
        }
        catch (OperationCanceledException) when (waitsWhenStopped)
        {
            throw;
        }
        catch (Exception e)
        {
            // Another thread may have saved the changes together with its own. Then they did not fail.
            if (changes.Count == 0 || TakeBack(changes) || e is not (IOException or UnauthorizedAccessException or OciException or OperationCanceledException)) throw;
        }

        if (changes.FirstOrDefault(c => c.Failure is not null)?.Failure is { } failure) throw failure;
        if (changes.FirstOrDefault(c => c.Unfinished is not null)?.Unfinished is { } unfinished) throw unfinished;
    }

    /// <summary>Takes back changes that are not saved yet.</summary>
    /// <returns>Whether any of them was not saved yet.</returns>
    public bool TakeBack(IReadOnlyList<IndexChange> changes) => _state.Index.TakeBack(changes);

    // Lists manifests that are not listed yet. An unsaved listing of another thread does not count, because saving it may fail.
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

    // A saved tag keeps all content below it, so claims on that content are no longer needed. Content that was not read yet stays claimed,
    // which is harmless. The transaction has checked that the tagged content exists, and the shared lock has prevented deletion since.
    private void ReleaseBelow(Session session, List<TagChange> tagged)
    {
        if (tagged.Count == 0 || !session.HasClaims) return;
        var seen = new HashSet<NodeKey>();
        var stack = new Stack<NodeKey>();
        try
        {
            var saved = _state.Index.Read(table => tagged.Where(c => c.Failure is null && table.FindTag(c.Tag)?.Digest == c.Target.Digest).ToList());
            foreach (var change in saved) Enter(NodeKey.Of(change.Target), _state.Graph.FindCached);
            while (stack.Count > 0) Enter(stack.Pop(), _state.Graph.FindCachedIfStored);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            return; // the index is saved; claims that are held too long only delay garbage collection
        }

        session.Release(seen.Select(k => k.Digest));

        void Enter(NodeKey key, Func<NodeKey, ManifestNode?> find)
        {
            if (!seen.Add(key) || key.Kind == ManifestKind.None) return;
            foreach (var edge in find(key)?.Edges ?? []) stack.Push(edge.Target);
        }
    }
}
