using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>
/// A repository of a registry, as the cmdlets emit it. The settings of its registry are those of the last <c>Connect-OciRegistry</c>.
/// </summary>
public sealed class OciRepositoryInfo : OciPlaceInfo
{
    internal OciRepositoryInfo(RegistryReference reference)
    {
        Path = reference.ToRepositoryString();
        Registry = reference.Authority;
        Repository = reference.Repository;
    }

    /// <summary>The repository as <c>oci://host[:port]/repository</c>.</summary>
    public override string Path { get; }

    /// <summary>The host and port of the registry.</summary>
    public string Registry { get; }

    /// <summary>The name of the repository.</summary>
    public string Repository { get; }

    /// <summary>False: the registry decides about each change.</summary>
    public override bool ReadOnly => false;

    internal OciRepository Core => Registries.Open(Path);

    internal override OciPlace Place => Core;

    internal override bool IsSame(OciPlaceInfo other) => other is OciRepositoryInfo && other.Path == Path;

    internal override ValueTask<Descriptor> ResolveAsync(string reference, bool allowBarePrefix, CancellationToken cancellationToken) =>
        new(Core.FindContentAsync(reference, cancellationToken));

    internal override ValueTask<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        new(Core.GetManifestAsync(descriptor, cancellationToken));

    internal override ValueTask<Stream> FetchAsync(Descriptor descriptor, CancellationToken cancellationToken) => new(Core.FetchAsync(descriptor, cancellationToken));

    internal override byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellationToken) =>
        Core.ReadAllAsync(descriptor, limit, cancellationToken).GetAwaiter().GetResult();

    internal override void FetchToFile(Descriptor descriptor, string path, bool replace, IProgress<long> progress, CancellationToken cancellationToken) =>
        Core.FetchToFileAsync(descriptor, path, replace, progress, cancellationToken).GetAwaiter().GetResult();

    internal override ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => new(Core.ExistsAsync(digest, cancellationToken));

    internal override ValueTask<IReadOnlyList<Descriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        new(Core.GetReferrersAsync(subject, null, cancellationToken));
}
