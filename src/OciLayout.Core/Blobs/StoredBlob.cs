using OciLayout.Files;

namespace OciLayout.Blobs;

/// <summary>A file whose name is a digest.</summary>
/// <param name="Digest">The digest in the name.</param>
/// <param name="File">The properties of the file.</param>
internal readonly record struct StoredBlob(Digest Digest, FileStatus File);
