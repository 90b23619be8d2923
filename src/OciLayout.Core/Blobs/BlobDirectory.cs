using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Blobs;

/// <summary>Publishes staged content in <c>blobs/</c>, and deletes content.</summary>
internal sealed class BlobDirectory
{
    /// <summary>
    /// The size in bytes from which a published blob is remembered as verified. Remembering costs a system call for each blob. A shorter blob
    /// is verified again in the rare case that it is needed again. A manifest is always remembered, because its tag follows.
    /// </summary>
    private const int WorthKnowing = 1 << 16;

    private readonly DirectoryLayout _layout;
    private readonly IFileSystem _files;
    private readonly BlobReader _reader;
    private readonly VerifiedBlobs _verified;
    private readonly bool[] _anchored = new bool[DigestAlgorithms.All.Length];

    public BlobDirectory(DirectoryLayout layout, IFileSystem files, VerifiedBlobs verified)
    {
        _layout = layout;
        _files = files;
        _reader = new BlobReader(layout);
        _verified = verified;
    }

    public FilePath PathOf(Digest digest) => _layout.PathOf(digest);

    /// <summary>
    /// Renames staged content to its name in <c>blobs/</c>, in the given order. Existing content is kept if this process has verified it.
    /// Otherwise the staged content, which is verified, replaces it. The caller has claimed the content and holds the store lock shared.
    /// </summary>
    public void Publish(IReadOnlyList<StagedBlob> staged)
    {
        foreach (var algorithm in staged.Where(s => s.Path is not null).Select(s => s.Descriptor.Digest.KnownAlgorithm!.Value).Distinct()) EnsureDirectory(algorithm);
        var blobs = staged.Where(s => s.Path is not null).ToArray();
        var moves = Array.ConvertAll(blobs, b => new FileMove(b.Path!, PathOf(b.Descriptor.Digest)));
        for (var next = 0; next < blobs.Length; next++)
        {
            var start = next;
            next += _files.MoveWhileFree(moves.AsSpan(start), i => Remember(blobs[start + i]));
            if (next < blobs.Length) PublishOver(blobs[next], blobs[next].Path!);
        }
    }

    // Publishes content whose name exists.
    private void PublishOver(StagedBlob staged, string path)
    {
        var digest = staged.Descriptor.Digest;
        var target = PathOf(digest);
        var there = _files.Stat(target);
        if (there is { Kind: FileKind.File } file && file.Length == staged.Descriptor.Size && (file.Length > 0 || _reader.Find(digest) is not null))
        {
            staged.AlreadyExisted = true;
            if (IsRight(staged, file) || !TryReplace(staged, path, target))
            {
                Renew(staged.Descriptor);
                _files.Delete(path);
            }

            return;
        }

        if (there is { Kind: FileKind.Directory })
        {
            throw Errors.BlobBlocked(target.ToString(), digest);
        }

        Replace(staged, path, target);
    }

    // A link may lead to content that is shared on purpose, so it is kept if its content is correct. A manifest is small, so it is always
    // replaced. On Windows it is replaced only if its content is wrong, because a reader of the file would prevent the replacement.
    private bool IsRight(StagedBlob staged, FileStatus file)
    {
        if (staged.Node is not null && !_files.PinsOpenFiles) return false;
        return _verified.Knows(staged.Descriptor.Digest, file)
            || ((file.IsLink || staged.Node is not null) && _verified.Has(staged.Descriptor.Digest, file.Length, CancellationToken.None));
    }

    // A file that another process has open, or that belongs to another user, may not be replaceable. Then its content must be correct.
    private bool TryReplace(StagedBlob staged, string path, string target)
    {
        try
        {
            Replace(staged, path, target);
            return true;
        }
        catch (Exception e) when ((e is IOException or OciException) && _verified.Has(staged.Descriptor.Digest, staged.Descriptor.Size, CancellationToken.None))
        {
            return false;
        }
    }

    private void Replace(StagedBlob staged, string path, string target)
    {
        _files.Replace(path, target);
        _files.Delete(path); // rename(2) of one hard link over another does nothing and keeps both names
        Remember(staged);
    }

    private void Remember(StagedBlob published)
    {
        if (published.IsUnverified || (published.Node is null && published.Descriptor.Size < WorthKnowing)) return;
        if (_files.Stat(PathOf(published.Descriptor.Digest)) is { } file) _verified.Remember(published.Descriptor.Digest, file);
    }

    /// <summary>
    /// Returns whether a blob of this size exists, and renews its age. The caller has claimed the content and holds the store lock shared.
    /// </summary>
    public bool TryReuse(Descriptor descriptor)
    {
        if (_reader.Find(descriptor.Digest) is not { } file || file.Length != descriptor.Size) return false;
        Renew(descriptor);
        return true;
    }

    /// <summary>Sets the modification time of stored content to now, because garbage collection can spare recent content.</summary>
    public void Renew(Descriptor descriptor)
    {
        var isVerified = _reader.Find(descriptor.Digest) is { } before && _verified.Knows(descriptor.Digest, before);
        MarkAsUsed(descriptor);
        if (isVerified && _reader.Find(descriptor.Digest) is { } after) _verified.Remember(descriptor.Digest, after);
    }

    private void MarkAsUsed(Descriptor descriptor)
    {
        var path = PathOf(descriptor.Digest);
        try
        {
            // Windows refuses to change files through links.
            if (_files.PinsOpenFiles && IsElsewhere(descriptor.Digest.KnownAlgorithm!.Value, path)) return;
            _files.Touch(path);
            if (MediaTypes.IsManifest(descriptor.MediaType)) _files.SetPurpose(path, FilePurpose.Plain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // A link, or a file of another user. Its age cannot be renewed, but its content is valid.
        }
    }

    /// <summary>Flushes the directories that contain the content of these algorithms, and the directories above them.</summary>
    public void FlushDirectories(IEnumerable<DigestAlgorithm> algorithms)
    {
        foreach (var algorithm in algorithms.Distinct())
        {
            if (_files.Stat(_layout.PathOf(LayoutNames.Directory(algorithm))) is not { Kind: FileKind.Directory }) continue;
            _files.Flush(_layout.PathOf(LayoutNames.Directory(algorithm)));
            Anchor(algorithm);
        }
    }

    // Another process or tool may have created the layout or the directory without flushing it. One flush for each directory is enough.
    private void Anchor(DigestAlgorithm algorithm)
    {
        lock (_anchored)
        {
            if (_anchored[(int)algorithm]) return;
        }

        LayoutFiles.Flush(_layout, _files);
        _files.Flush(_layout.PathOf(LayoutNames.Blobs));
        lock (_anchored) _anchored[(int)algorithm] = true;
    }

    /// <summary>Refuses to delete content of an algorithm if its directory is a symbolic link. One call covers several deletions.</summary>
    public void RequirePlace(DigestAlgorithm algorithm)
    {
        FileChecks.RequireDirectory(_files, _layout.PathOf(LayoutNames.Blobs));
        FileChecks.RequireDirectory(_files, _layout.PathOf(LayoutNames.Directory(algorithm)));
    }

    /// <summary>Deletes several contents, like <see cref="Remove"/>.</summary>
    /// <param name="digests">The contents.</param>
    /// <param name="start">The position of the first one to delete.</param>
    /// <param name="end">The position after the last one to delete.</param>
    /// <param name="session">The session of this process, if there is one.</param>
    /// <param name="removed">Called with the position of each content directly after it was deleted.</param>
    public void RemoveAll(Digest[] digests, int start, int end, Session? session, Action<int> removed)
    {
        if (!_files.PinsOpenFiles)
        {
            var paths = new FilePath[end - start];
            for (var i = 0; i < paths.Length; i++) paths[i] = PathOf(digests[start + i]);
            _files.DeleteAll(paths, i => removed(start + i));
            return;
        }

        for (var i = start; i < end; i++)
        {
            Remove(digests[i], session);
            removed(i);
        }
    }

    /// <summary>Deletes content. If the file is a symbolic link, the link itself is deleted.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="session">The session of this process, if there is one.</param>
    public void Remove(Digest digest, Session? session)
    {
        if (!_files.PinsOpenFiles || _files.Stat(PathOf(digest)) is not { IsLink: false })
        {
            _files.Delete(PathOf(digest));
            return;
        }

        // On Windows, a deleted file keeps its name while a reader has it open. Renaming it to ingest/ first frees the name of the blob at
        // once.
        var renamed = session?.NewFile(".deleted") ?? _layout.PathOf(LayoutNames.Ingest) + Path.DirectorySeparatorChar + Guid.NewGuid().ToString("N") + ".deleted";
        _files.Replace(PathOf(digest), renamed);
        _files.Delete(renamed);
    }

    private bool IsElsewhere(DigestAlgorithm algorithm, string path) =>
        _files.Stat(path) is { IsLink: true } || _files.Stat(_layout.PathOf(LayoutNames.Directory(algorithm))) is { IsLink: true }
        || _files.Stat(_layout.PathOf(LayoutNames.Blobs)) is { IsLink: true };

    private void EnsureDirectory(DigestAlgorithm algorithm)
    {
        var blobs = _layout.PathOf(LayoutNames.Blobs);
        var path = _layout.PathOf(LayoutNames.Directory(algorithm));
        FileChecks.RequireDirectory(_files, blobs);
        FileChecks.RequireDirectory(_files, path);
        if (_files.Stat(path) is not null) return;
        _files.CreateDirectory(blobs);
        _files.CreateDirectory(path);
        lock (_anchored) _anchored[(int)algorithm] = false;
    }
}
