using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>A place of content, as the cmdlets emit it: an image layout or a repository of a registry.</summary>
public abstract class OciPlaceInfo
{
    private protected OciPlaceInfo()
    {
    }

    /// <summary>The absolute path of the layout, or the repository as <c>oci://host/repository</c>.</summary>
    public abstract string Path { get; }

    /// <summary>Whether nothing can be written.</summary>
    [SuppressMessage("Naming", "CA1716:Identifiers should not match keywords", Justification = "Scripts use the name of the property.")]
    public abstract bool ReadOnly { get; }

    /// <summary>The place in the library, for copies.</summary>
    internal abstract OciPlace Place { get; }

    /// <summary>Returns whether two objects are the same layout on disk, or the same repository.</summary>
    internal abstract bool IsSame(OciPlaceInfo other);

    /// <summary>Returns the descriptor of the content that a tag or digest names.</summary>
    internal abstract ValueTask<Descriptor> ResolveAsync(string reference, bool allowBarePrefix, CancellationToken cancellationToken);

    /// <summary>Reads, verifies and parses a manifest.</summary>
    internal abstract ValueTask<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Opens content. The stream verifies it.</summary>
    internal abstract ValueTask<Stream> FetchAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Reads content completely and verifies it. Blocks the thread.</summary>
    internal abstract byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellationToken);

    /// <summary>Writes content to a file and verifies it. Blocks the thread.</summary>
    internal abstract void FetchToFile(Descriptor descriptor, string path, bool replace, IProgress<long> progress, CancellationToken cancellationToken);

    /// <summary>Returns whether content exists.</summary>
    internal abstract ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Lists the manifests whose subject is a digest.</summary>
    internal abstract ValueTask<IReadOnlyList<Descriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellationToken);

    /// <summary>Returns the path.</summary>
    public override string ToString() => Path;
}
