using System.Collections.Generic;
using System.Threading;
using OciLayout.Blobs;

namespace OciLayout.Maintenance;

/// <summary>Lists stored content with its size. Lists directories instead of calling stat for each file.</summary>
internal static class StoredContent
{
    public static Dictionary<Digest, long> In(BlobReader blobs, CancellationToken cancellationToken)
    {
        var files = new Dictionary<Digest, long>();
        foreach (var (digest, file) in blobs.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Empty files are checked, because a FIFO or a broken symbolic link also has length 0.
            if (file.Length > 0 || blobs.Find(digest) is not null) files[digest] = file.Length;
        }

        return files;
    }
}
