using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>Finds members of an index by their platforms and digests.</summary>
internal sealed class IndexMembers(IContentSource source, Manifest index)
{
    private const int ShortestPrefix = 7;

    private readonly PlatformFinder _finder = new(source);

    /// <summary>Returns the positions of the members that a platform, a pattern of platforms, a digest or a digest prefix names.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.AmbiguousReference"/>: several members have different platforms or digests
    /// that begin with the name.</exception>
    public async ValueTask<IReadOnlyList<int>> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (name.IndexOfAny(['*', '?']) >= 0) return Positions(await FindAsync(Pattern(name), cancellationToken).ConfigureAwait(false));
        if (name.IndexOf('/') < 0) return OfDigest(name);
        var exact = await FindAsync((platform, _) => new(platform.ToString() == name), cancellationToken).ConfigureAwait(false);
        return Positions(exact.Count > 0 ? exact : await SatisfyingAsync(name, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Adds the attestations of BuildKit about members that no longer exist.</summary>
    public void AddAttestations(SortedSet<int> removed)
    {
        var digests = new HashSet<Digest>(removed.Select(i => index.Manifests[i].Digest));
        digests.ExceptWith(index.Manifests.Where((_, i) => !removed.Contains(i)).Select(m => m.Digest));
        removed.UnionWith(Enumerable.Range(0, index.Manifests.Count).Where(i => ImageFinder.SubjectOfAttestation(index.Manifests[i]) is { } subject && digests.Contains(subject)));
    }

    /// <summary>Returns the platforms of the members, or the digests of those without one, for messages.</summary>
    public async ValueTask<IReadOnlyList<string>> DescribeAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var member in index.Manifests) names.Add((await _finder.GetPlatformAsync(member, cancellationToken).ConfigureAwait(false))?.ToString() ?? member.Digest.ToString());
        return names;
    }

    // A platform without a variant or version also names the one member that states more.
    private async ValueTask<List<(int Position, string Platform)>> SatisfyingAsync(string name, CancellationToken cancellationToken)
    {
        Platform wanted;
        try
        {
            wanted = Platform.Parse(name);
        }
        catch (FormatException)
        {
            return []; // it may be a tag
        }

        var found = await FindAsync(SatisfiesAsync, cancellationToken).ConfigureAwait(false);
        var platforms = found.Select(m => m.Platform).Distinct().ToList();
        return platforms.Count < 2 ? found : throw ArtifactErrors.SeveralMembers(name, platforms);

        async ValueTask<bool> SatisfiesAsync(Platform platform, Descriptor member) =>
            platform.Satisfies(wanted) || (member.Kind is ManifestKind.Image or ManifestKind.DockerImage && await _finder.FindAsync(member, wanted, cancellationToken).ConfigureAwait(false) is not null);
    }

    private async ValueTask<List<(int Position, string Platform)>> FindAsync(Func<Platform, Descriptor, ValueTask<bool>> isWanted, CancellationToken cancellationToken)
    {
        var found = new List<(int, string)>();
        for (var i = 0; i < index.Manifests.Count; i++)
        {
            var member = index.Manifests[i];
            if (await _finder.GetPlatformAsync(member, cancellationToken).ConfigureAwait(false) is { } platform && await isWanted(platform, member).ConfigureAwait(false)) found.Add((i, platform.ToString()));
        }

        return found;
    }

    private static IReadOnlyList<int> Positions(List<(int Position, string Platform)> members) => [.. members.Select(m => m.Position)];

    private static Func<Platform, Descriptor, ValueTask<bool>> Pattern(string name)
    {
        var pattern = new Regex(@"\A" + Regex.Escape(name).Replace(@"\*", ".*").Replace(@"\?", ".") + @"\z", RegexOptions.CultureInvariant | RegexOptions.Singleline);
        return (platform, _) => new(pattern.IsMatch(platform.ToString()));
    }

    private List<int> OfDigest(string name)
    {
        var colon = name.IndexOf(':');
        if (colon < 0 || name.Length - colon - 1 < ShortestPrefix) return [];
        var found = Enumerable.Range(0, index.Manifests.Count).Where(i => index.Manifests[i].Digest.ToString().StartsWith(name, StringComparison.Ordinal)).ToList();
        var digests = found.Select(i => index.Manifests[i].Digest.ToString()).Distinct().ToList();
        return digests.Count < 2 ? found : throw ReferenceErrors.Ambiguous(name, digests);
    }
}
