using System.Collections.Generic;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>The content that is stored, with its length: one look at the directories instead of one at each file.</summary>
internal static class StoredFiles
{
    public static Dictionary<Digest, long> In(BlobReader blobs, CancellationToken cancellation)
    {
        var files = new Dictionary<Digest, long>();
        foreach (var (digest, file) in blobs.List())
        {
            cancellation.ThrowIfCancellationRequested();
            // A FIFO looks like a file of length 0, and a link that leads nowhere is none.
            if (file.Length > 0 || blobs.Find(digest) is not null) files[digest] = file.Length;
        }

        return files;
    }
}
