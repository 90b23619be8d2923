using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>An open image layout, as the cmdlets emit it. It holds no files open and need not be closed.</summary>
public sealed class OciStoreInfo : OciPlaceInfo
{
    internal OciStoreInfo(OciStore core) => Core = core;

    internal OciStore Core { get; }

    /// <summary>The absolute path of the layout.</summary>
    public override string Path => Core.Path;

    /// <summary>Whether the store is read-only.</summary>
    public override bool ReadOnly => Core.IsReadOnly;

    /// <summary>
    /// Whether each change is written to <c>index.json</c> immediately; otherwise <c>Save-OciIndex</c> writes the changes.
    /// </summary>
    public bool AutoSaveIndex => Core.Options.AutoSaveIndex;

    /// <summary>Whether the deletion of a manifest deletes its referrers and the content that is dangling afterwards.</summary>
    public bool AutoGC => Core.Options.AutoGC;

    /// <summary>The current number of tags.</summary>
    public int TagCount => Core.TagCount;

    internal override OciPlace Place => Core;

    internal override bool IsSame(OciPlaceInfo other) => other is OciStoreInfo store && Core.IsSameLayout(store.Core);

    internal override ValueTask<Descriptor> ResolveAsync(string reference, bool allowBarePrefix, CancellationToken cancellationToken) =>
        new(Core.Resolve(reference, allowBarePrefix, cancellationToken));

    internal override ValueTask<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) => new(Core.GetManifest(descriptor, cancellationToken));

    internal override ValueTask<Stream> FetchAsync(Descriptor descriptor, CancellationToken cancellationToken) => new(Core.Fetch(descriptor, cancellationToken));

    internal override byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellationToken) => Core.ReadAll(descriptor, limit, cancellationToken);

    internal override void FetchToFile(Descriptor descriptor, string path, bool replace, IProgress<long> progress, CancellationToken cancellationToken) =>
        Core.FetchToFile(descriptor, path, replace, progress, cancellationToken);

    internal override ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => new(Core.Exists(digest));

    internal override ValueTask<IReadOnlyList<Descriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        new(Core.GetReferrers(subject, null, cancellationToken));
}
