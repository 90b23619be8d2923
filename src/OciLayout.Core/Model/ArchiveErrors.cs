using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of archives, and of export and import.</summary>
internal static class ArchiveErrors
{
    public static OciException NoArchive(string path) =>
        new(OciErrorKind.NotFound, $"The archive '{path}' does not exist.", path);

    /// <summary>Returns the error for a path that cannot be opened as a store.</summary>
    public static OciException NotALayout(string path) =>
        new(OciErrorKind.InvalidLayout, $"'{path}' is not an OCI image layout. It is not a directory or a tar archive.", path)
        {
            Expected = "a directory or an uncompressed tar archive",
        };

    /// <summary>Returns the error for a path that cannot be imported.</summary>
    public static OciException NotAnArchive(string path, string actual) =>
        new(OciErrorKind.InvalidArchive, $"'{path}' is not a tar archive: it is {actual}.", path)
        {
            Expected = "a tar archive",
            Actual = actual,
        };

    /// <summary>Returns the error for a compressed archive that is opened as a store.</summary>
    public static OciException CompressedStore(string path, string compression) =>
        new(OciErrorKind.InvalidArchive, $"Cannot open '{path}' as a store: it is compressed with {compression}.", path)
        {
            Expected = "a directory or an uncompressed tar archive",
            Actual = compression,
        };

    /// <summary>Returns the error for a compression that cannot be read.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="subject">The compressed part, as the subject of the sentence.</param>
    /// <param name="compression">The name of the compression.</param>
    public static OciException UnsupportedCompression(string archive, string subject, string compression) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the archive '{archive}': {subject} is compressed with {compression}, and OciLayout reads gzip only.", archive)
        {
            Expected = "an archive without compression, or with gzip",
            Actual = compression,
        };

    /// <summary>Returns the error for an archive that is malformed or not safe to read.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="problem">The problem, as a clause.</param>
    /// <param name="cause">The cause.</param>
    public static OciException Invalid(string archive, string problem, Exception? cause = null) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the archive '{archive}': {problem}.", archive, cause) { Expected = "a valid tar archive" };

    /// <summary>Returns the error for an archive that changed between two reads.</summary>
    public static OciException Replaced(string archive) =>
        new(OciErrorKind.InvalidArchive, $"The archive '{archive}' was replaced while it was read.", archive)
        {
            Expected = "an archive that does not change",
            Actual = "another archive",
        };

    /// <summary>Returns the error for a document in an archive that is too large to be read.</summary>
    public static OciException EntryTooLarge(string archive, string name, long size, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, $"Cannot read {name} in the archive '{archive}': it has {size} bytes, and the limit is {limit} bytes.", archive)
        {
            Expected = $"at most {limit} bytes",
            Actual = $"{size} bytes",
        };

    /// <summary>Returns the error for tags of an archive that reference other content in the store.</summary>
    public static OciException TagsTaken(IReadOnlyList<string> tags)
    {
        var names = string.Join(", ", tags.Take(5).Select(t => $"'{Digest.Shorten(t)}'")) + (tags.Count > 5 ? ", …" : "");
        var subject = tags.Count == 1 ? $"tag {names} of the archive references" : $"{tags.Count} tags {names} of the archive reference";
        return new OciException(OciErrorKind.AlreadyExists, $"The {subject} other content in the store.", tags[0]) { Related = tags };
    }

    /// <summary>Returns the error for tags that cannot be assigned because an archive lists several objects.</summary>
    public static OciException SeveralObjects(string archive, int count) =>
        new(OciErrorKind.AmbiguousReference, $"Cannot assign the tags: the archive '{archive}' lists {count} objects.", archive) { Expected = "an archive that lists one object" };

    /// <summary>Returns the error for a store to export that lacks content.</summary>
    public static OciException ExportIncomplete(string root, IReadOnlyList<Digest> missing) =>
        Incomplete($"Cannot export '{root}'", "does not exist in the store", missing);

    /// <summary>Returns the error for an archive to import that lacks content.</summary>
    public static OciException ImportIncomplete(string archive, IReadOnlyList<Digest> missing) =>
        Incomplete($"Cannot import '{archive}'", "does not exist in the archive or in the store", missing);

    private static OciException Incomplete(string failure, string problem, IReadOnlyList<Digest> missing)
    {
        var first = missing[0].ToString();
        var more = missing.Count == 1 ? "" : string.Format(CultureInfo.InvariantCulture, " ({0} more are missing)", missing.Count - 1);
        return new OciException(OciErrorKind.NotFound, $"{failure}: a manifest needs {first}, which {problem}{more}.", first) { Related = [.. missing.Select(d => d.ToString())] };
    }

    /// <summary>Returns the error for a layer that does not have the digest in the config of its image.</summary>
    public static OciException WrongLayer(string path, string expected, Digest actual) =>
        new(OciErrorKind.DigestMismatch, $"The layer '{Digest.Shorten(path)}' has the digest {actual}, but the config of its image says {Digest.Shorten(expected)}.", expected)
        {
            Expected = expected,
            Actual = actual.ToString(),
        };

    /// <summary>Returns the error for an export for Docker without a tagged image.</summary>
    public static OciException NoDockerImage(string file) =>
        new(OciErrorKind.UnsupportedMediaType, "Cannot export for docker load: the exported content has no tagged image.", file);

    public static OciException InvalidRepository(string repository) =>
        new(OciErrorKind.InvalidReference, $"'{Digest.Shorten(repository)}' is not the name of a repository that Docker accepts.", repository)
        {
            Expected = "a name such as registry.example/app, in lower case and without a tag",
        };
}
