using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of packing and unpacking artifacts, and of building an index.</summary>
internal static class ArtifactErrors
{
    /// <summary>Expected if another destination has to be chosen.</summary>
    public const string OtherDirectory = "another directory";

    /// <summary>Actual if another process changes the files in use.</summary>
    public const string OtherProcess = "a change by another process";

    /// <summary>Actual if a device, a socket or a named pipe cannot be packed.</summary>
    public const string SpecialFile = "a special file";

    /// <summary>Returns the error for the name of a file or link that must not be written.</summary>
    /// <param name="name">The name.</param>
    /// <param name="where">The artifact, archive or directory with the name.</param>
    /// <param name="problem">The problem, as a clause.</param>
    public static OciException UnsafeName(string name, string where, string problem)
    {
        var shown = Digest.Shorten(name);
        return new OciException(OciErrorKind.UnsafePath, $"The name '{shown}' in {where} is not safe: {problem}.", shown) { Actual = problem };
    }

    /// <summary>Returns the error for a new directory that another user replaced.</summary>
    public static OciException DirectoryReplaced(string path) =>
        new(OciErrorKind.UnsafePath, $"Cannot write to '{path}': another user replaced the directory while it was created.", path) { Actual = OtherProcess };

    public static OciException LinkInPath(string path, OciException cause) =>
        new(OciErrorKind.UnsafePath, $"Cannot write to '{path}': a directory of the path is a symbolic link. Another process replaced it while files were unpacked.", path, cause) { Actual = OtherProcess };

    public static OciException DestinationInStore(string destination, string root) =>
        new(OciErrorKind.UnsafePath, $"Cannot unpack to '{destination}': it is part of the store '{root}'.", destination) { Expected = OtherDirectory };

    public static OciException DestinationIsFile(string path, string file) =>
        new(OciErrorKind.AlreadyExists, $"Cannot unpack to '{path}': {(path == file ? "it" : $"'{file}'")} is a file, not a directory.", path) { Expected = OtherDirectory };

    /// <summary>Returns the error for files that would be replaced.</summary>
    public static OciException FilesExist(IReadOnlyList<string> paths)
    {
        var subject = paths.Count == 1 ? $"The file '{paths[0]}' already exists" : $"The file '{paths[0]}' and {paths.Count - 1} more already exist";
        return new OciException(OciErrorKind.AlreadyExists, subject + ". Nothing was written.", paths[0]) { Related = paths };
    }

    /// <summary>Returns the error for an artifact that is larger than the limit when it is unpacked.</summary>
    public static OciException UnpackedTooLarge(Digest artifact, long size, long limit) =>
        new(
            OciErrorKind.SizeLimitExceeded,
            string.Format(CultureInfo.InvariantCulture, "Cannot unpack {0}: its {1:N0} stored bytes expand to more than the limit of {2:N0} bytes.", artifact, size, limit),
            artifact.ToString());

    public static OciException IsAnIndex(Digest digest) =>
        new(OciErrorKind.UnsupportedMediaType, $"Cannot unpack {digest}: it is an index, not an artifact.", digest.ToString());

    /// <summary>Returns the error for an unpacked archive that does not have the digest in its layer.</summary>
    public static OciException WrongArchive(string title, string expected, Digest actual) =>
        new(OciErrorKind.DigestMismatch, $"The archive of '{title}' has the digest {actual}, but its layer says {Digest.Shorten(expected)}.", title)
        {
            Expected = Digest.Shorten(expected),
            Actual = actual.ToString(),
        };

    /// <summary>Returns the error for a symbolic link whose target this runtime cannot read.</summary>
    public static OciException LinkNotReadable(string path) =>
        new(OciErrorKind.UnsupportedMediaType, $"Cannot pack '{path}': it is a symbolic link, and this version of .NET does not support links.", path) { Actual = "a symbolic link" };

    public static OciException NotPackable(string path, System.IO.FileNotFoundException cause) =>
        new(OciErrorKind.UnsupportedMediaType, $"Cannot pack '{path}': it is a device, a socket or a named pipe.", path, cause) { Actual = SpecialFile };

    public static OciException ChangedWhilePacked(string path, System.Exception? cause = null) =>
        new(OciErrorKind.UnsafePath, $"Cannot pack '{path}': another process replaced it while it was packed.", path, cause) { Actual = OtherProcess };

    public static OciException NameTaken(string path, string other, string title) =>
        new(OciErrorKind.AlreadyExists, $"'{path}' and '{other}' would have the same name '{title}' in the artifact.", path);

    public static OciException NoArtifactType() =>
        new(OciErrorKind.InvalidManifest, "An artifact needs an artifact type, or a config that has a type.", "artifactType") { Expected = "an artifact type" };

    public static OciException InvalidSubject(Digest subject) =>
        new(OciErrorKind.UnsupportedMediaType, $"Cannot attach an artifact to {subject}: it is not a manifest or index.", subject.ToString());

    /// <summary>Returns the error for a platform that was given for an index.</summary>
    public static OciException IndexHasNoPlatform(Digest index) =>
        new(OciErrorKind.InvalidManifest, $"Cannot assign a platform to {index}: it is an index, not an image.", index.ToString());

    public static OciException PlatformUnknown(Digest image) =>
        new(OciErrorKind.InvalidManifest, $"The platform of {image} is unknown: its descriptor and its config do not specify one.", image.ToString()) { Expected = "a platform" };

    /// <summary>Returns the error for two images of one platform in an index.</summary>
    public static OciException PlatformTaken(Digest image, Digest other, Platform platform) =>
        new(OciErrorKind.AlreadyExists, $"{image} and {other} have the same platform {platform}.", image.ToString()) { Actual = platform.ToString(), Related = [other.ToString()] };

    public static OciException NotAnIndex(Descriptor content) =>
        new(OciErrorKind.UnsupportedMediaType, $"{content.Digest} is not an index: its media type is '{Digest.Shorten(content.MediaType)}'.", content.Digest.ToString()) { Expected = "an index", Actual = content.MediaType };

    /// <summary>Returns the error for a name that is not a member of an index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="name">The name.</param>
    /// <param name="existing">The platforms or digests of the members.</param>
    public static OciException MemberNotFound(Digest index, string name, IReadOnlyList<string> existing)
    {
        var list = existing.Count == 0 ? "it has no members" : $"it has {string.Join(", ", existing.Take(20))}{(existing.Count > 20 ? ", …" : "")}";
        return new OciException(OciErrorKind.NotFound, $"{index} has no member '{Digest.Shorten(name)}': {list}.", Digest.Shorten(name)) { Expected = "a member" };
    }

    /// <summary>Returns the error for a platform that several members of an index satisfy.</summary>
    public static OciException SeveralMembers(string platform, IReadOnlyList<string> members) =>
        new(OciErrorKind.AmbiguousReference, $"Several members have the platform '{Digest.Shorten(platform)}': {string.Join(", ", members)}.", Digest.Shorten(platform)) { Expected = "one member", Related = members };

    public static OciException NoMembers(Digest index) =>
        new(OciErrorKind.InvalidManifest, $"Cannot remove all members of {index}: an index without members has no image for any platform.", index.ToString()) { Expected = "a member" };

    public static OciException DockerListAnnotations(Digest list) =>
        new(OciErrorKind.UnsupportedOperation, $"Cannot annotate {list}: a Docker manifest list has no annotations.", list.ToString()) { Expected = "an OCI index" };
}
