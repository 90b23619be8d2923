using System.Collections.Generic;
using System.Threading;

namespace OciLayout.Files;

/// <summary>Makes changes durable.</summary>
internal interface IFileFlusher
{
    /// <summary>Flushes the data of a file, or the entries of a directory, to the medium.</summary>
    void Flush(string path);

    /// <summary>Flushes several files. The order is not specified, and the first error ends it.</summary>
    void FlushAll(IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>
    /// Whether an open file restricts other handles, as on Windows: they cannot write or flush it, and the name of a deleted file stays in
    /// use until its last handle is closed.
    /// </summary>
    bool PinsOpenFiles { get; }
}
