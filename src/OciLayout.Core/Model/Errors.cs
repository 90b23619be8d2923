using System;
using System.Globalization;

namespace OciLayout.Model;

/// <summary>Makes the errors of a store itself: its layout files, index, locks and changes.</summary>
internal static class Errors
{
    /// <summary>Returns the error for a path that is a symbolic link or contains one.</summary>
    public static OciException LinkRefused(string path) =>
        new(OciErrorKind.InvalidLayout, $"Cannot write to '{path}': the path contains a symbolic link, and OciLayout does not follow links in a store. Replace the link by its target.", path)
        {
            Expected = "a directory or file of the layout itself",
            Actual = "a symbolic link",
        };

    /// <summary>Returns the error for a store that does not exist.</summary>
    public static OciException NoStore(string root) =>
        new(OciErrorKind.NotFound, $"The store '{root}' does not exist.", root);

    /// <summary>Returns the error for a store that was deleted or renamed after it was opened.</summary>
    public static OciException StoreGone(string root, Exception? cause = null) =>
        new(OciErrorKind.NotFound, $"The store '{root}' no longer exists. It was deleted or renamed.", root, cause);

    /// <summary>Returns the error for a change of a store whose directory was deleted or renamed after it was opened.</summary>
    public static OciException LayoutGone(string root) =>
        new(OciErrorKind.InvalidLayout, $"Cannot change the layout '{root}': it was deleted or renamed while it was in use.", root);

    public static OciException ReadOnlyArchive(string root) =>
        new(OciErrorKind.ReadOnlyStore, $"Cannot change '{root}': it is an archive, and archives are read-only.", root);

    public static OciException ReadOnlyStore(string root, Exception? cause = null) =>
        new(OciErrorKind.ReadOnlyStore, $"The store '{root}' cannot be changed: {(cause is null ? "its directory is not writable" : Reason(cause))}.", root, cause);

    /// <summary>Returns the error for a path that is not a directory and therefore cannot be a layout.</summary>
    public static OciException NotADirectory(string root) =>
        new(OciErrorKind.InvalidLayout, $"'{root}' is not an OCI image layout, because it is not a directory.", root) { Expected = "a directory" };

    /// <summary>Returns the error for a file or device at the path of a directory of the layout.</summary>
    public static OciException DirectoryBlocked(string path) =>
        new(OciErrorKind.InvalidLayout, $"'{path}' is not a directory, but the layout needs a directory at this path. Move it away.", path)
        {
            Expected = "a directory",
            Actual = "a file or device",
        };

    /// <summary>Returns the error for a directory at the path of a blob.</summary>
    public static OciException BlobBlocked(string path, Digest digest) =>
        new(OciErrorKind.InvalidLayout, $"Cannot store {digest}: its path '{path}' is a directory. Move it away.", path)
        {
            Expected = "a file",
            Actual = "a directory",
        };

    /// <summary>Returns the error for a path that does not contain a valid layout.</summary>
    public static OciException NotALayout(string root, string problem, Exception? cause = null) =>
        new(OciErrorKind.InvalidLayout, $"'{root}' is not an OCI image layout: {problem}.", root, cause) { Expected = "oci-layout with imageLayoutVersion 1.0.0" };

    public static OciException UnsupportedVersion(string root, string version, string supported) =>
        new(OciErrorKind.UnsupportedVersion, $"Cannot open the layout '{root}': it has the version '{Digest.Shorten(version)}', and OciLayout supports {supported} only.", root)
        {
            Expected = supported,
            Actual = Digest.Shorten(version),
        };

    /// <summary>Returns the error for a new layout in a directory that contains other files.</summary>
    public static OciException NotEmpty(string root, string stranger) =>
        new(OciErrorKind.InvalidLayout, $"Cannot create a layout in '{root}': the directory is not empty. It contains '{stranger}'.", root)
        {
            Expected = "an empty directory or an image layout",
            Actual = stranger,
        };

    /// <summary>Returns the error for a new layout in a directory that has blobs but no index.</summary>
    public static OciException BlobsWithoutIndex(string root) =>
        new(OciErrorKind.InvalidLayout, $"Cannot create a layout in '{root}': the directory has blobs but no index.json.", root) { Expected = "index.json" };

    /// <summary>Returns the error for an output file whose path belongs to a layout.</summary>
    public static OciException OutputInLayout(string path, string name, string layout) =>
        new(OciErrorKind.InvalidLayout, $"Cannot write '{path}': '{name}' belongs to the OCI image layout '{layout}'.", path)
        {
            Expected = "a path outside of the files of the layout",
            Actual = "an output file",
        };

    /// <summary>Returns the error for an output file that is a device, a named pipe or a socket. Other programs use it.</summary>
    public static OciException OutputNotAFile(string path) =>
        new(OciErrorKind.UnsafePath, $"Cannot replace '{path}': it is a device, a named pipe or a socket.", path) { Expected = "an output file" };

    /// <summary>Returns the error for an output file that already exists.</summary>
    public static OciException FileExists(string path) =>
        new(OciErrorKind.AlreadyExists, $"The file '{path}' already exists.", path);

    public static OciException IndexMissing(string root) =>
        new(OciErrorKind.InvalidLayout, $"The layout '{root}' has no index.json.", root) { Expected = "index.json" };

    public static OciException IndexNotAFile(string root, string actual) =>
        new(OciErrorKind.InvalidIndex, $"Cannot read the index of '{root}': index.json is {actual}. Move it away and restore the index.", root)
        {
            Expected = "a file",
            Actual = actual,
        };

    public static OciException IndexTooLarge(string root, long size, long limit) =>
        new(OciErrorKind.InvalidIndex, $"Cannot read index.json of '{root}': it has {size} bytes, and the limit is {limit} bytes.", root)
        {
            Expected = $"at most {limit} bytes",
            Actual = $"{size} bytes",
        };

    public static OciException IndexMalformed(string root, Exception cause) =>
        new(OciErrorKind.InvalidIndex, $"Cannot parse index.json of '{root}': {Reason(cause)}. The file was not changed.", root, cause)
        {
            Expected = "an image index (image-spec, image-layout, \"index.json file\")",
        };

    /// <summary>Returns the error for a malformed entry of the index.</summary>
    /// <param name="tag">The tag of the entry; null if it has none.</param>
    /// <param name="digest">The digest of the entry; empty if it has no valid digest.</param>
    /// <param name="problem">The problem, as a clause.</param>
    public static OciException EntryMalformed(string? tag, Digest digest, string problem)
    {
        var entry = tag is not null ? $"the entry of the tag '{Digest.Shorten(tag)}'" : digest.IsEmpty ? "an entry" : $"the entry of {digest}";
        return new OciException(digest.IsEmpty ? OciErrorKind.InvalidDigest : OciErrorKind.InvalidIndex, $"In index.json, {entry} is malformed: {problem}.", tag ?? digest.ToString())
        {
            Expected = "a descriptor: mediaType, digest and size (image-spec, descriptor)",
            Actual = problem,
        };
    }

    /// <summary>Returns the error for malformed entries that cannot be deleted from the index.</summary>
    public static OciException EntriesNotDeleted(string path, Exception cause) =>
        new(OciErrorKind.InvalidIndex, $"Cannot delete malformed entries from '{path}': {Reason(cause)}.", path, cause);

    public static OciException IndexNotFlushed(string root, Exception cause) =>
        new(OciErrorKind.IncompleteChange, $"The index of '{root}' was changed, but the change was not flushed to the disk: {Reason(cause)}. A power failure may undo it.", root, cause);

    /// <summary>Returns the error for an index that another thread of this process changes for longer than the timeout.</summary>
    public static OciException IndexBusy(string root, TimeSpan waited) =>
        new(OciErrorKind.StoreBusy, $"Another thread of this process has been changing the index of '{root}' for {Seconds(waited)} s.", root);

    /// <summary>Returns the error for a lock that another process holds for longer than the timeout.</summary>
    public static OciException LockHeld(string path, TimeSpan waited) =>
        new(OciErrorKind.StoreBusy, $"Another process has held the lock '{path}' for {Seconds(waited)} s. The lock is released when that process finishes or exits.", path);

    /// <summary>Returns the error for a file system without file locks.</summary>
    public static OciException NoLocks(string path, string problem) =>
        new(OciErrorKind.StoreBusy, $"Cannot lock '{path}': {problem}. The file system does not support file locks.", path)
        {
            Expected = "a file system with locks",
            Actual = "no locks",
        };

    /// <summary>Returns the error for a lock file that is not a regular file.</summary>
    public static OciException NotALockFile(string path, string actual, Exception? cause = null) =>
        new(OciErrorKind.InvalidLayout, $"Cannot lock '{path}': it is {actual}. Remove it.", path, cause)
        {
            Expected = "a regular file of the layout",
            Actual = actual,
        };

    /// <summary>Returns the error for staged files that another program deleted during a push.</summary>
    public static OciException StagingLost(string ingest, Exception cause) =>
        new(OciErrorKind.StoreBusy, $"Cannot store the content: another program deleted files in '{ingest}' during the push.", ingest, cause);

    /// <summary>Returns the error for changes that were not saved because their operation was stopped.</summary>
    public static OciException ChangesNotSaved(string root) =>
        new(OciErrorKind.StoreBusy, $"The last changes to '{root}' were not saved: the operation was stopped while another process held a lock of the store.", root);

    /// <summary>Returns the error for a copy that was planned again too often.</summary>
    public static OciException DestinationKeepsChanging(string root) =>
        new(OciErrorKind.StoreBusy, $"Cannot copy to '{root}': other processes repeatedly deleted content that the copy relies on.", root);

    /// <summary>Returns the message of a cause as a clause, without the final full stop.</summary>
    internal static string Reason(Exception cause) => cause.Message.TrimEnd('.');

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
