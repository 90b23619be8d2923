using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>
/// Checks the configurations of all images that are reachable from the index: against their manifests and against the platforms that the
/// entries of indexes state (image-spec, config). Records which layers <see cref="BlobCheck"/> decompresses.
/// </summary>
internal sealed class ImageCheck(VerifyRun run)
{
    private readonly Dictionary<Digest, Manifest> _images = [];

    // The platforms that entries state, by the digest of the image. Two indexes can state different ones for one image.
    private readonly Dictionary<Digest, List<(Platform Platform, string Path, Func<IReadOnlyList<string>> Tags)>> _members = [];

    /// <summary>Adds a manifest. Manifests of artifacts are left out.</summary>
    public void AddManifest(Digest digest, Manifest manifest)
    {
        if (!ImageFinder.IsImage(manifest)) return;

        // Signatures and attestations can have the configuration of an image. Their layers have other types.
        if (manifest.Layers.Count == 0 || manifest.Layers.Any(l => MediaTypes.IsLayer(l.MediaType))) _images[digest] = manifest;
    }

    /// <summary>Adds an entry of <c>index.json</c>.</summary>
    public void AddEntry(Descriptor entry, string? tag) => Add(entry, run.PathOf(LayoutNames.Index), () => tag is null ? [] : [tag]);

    /// <summary>Adds a member of a stored index.</summary>
    public void AddMember(Descriptor member, Digest index) => Add(member, run.PathOf(index), () => run.TagsOf(index));

    private void Add(Descriptor member, string path, Func<IReadOnlyList<string>> tags)
    {
        if (member.Platform is not { } platform || IsUnknown(platform)) return;
        if (!_members.TryGetValue(member.Digest, out var list)) _members.Add(member.Digest, list = []);
        list.Add((platform, path, tags));
    }

    /// <summary>Checks the images, after all manifests were added.</summary>
    public void Run()
    {
        var byConfig = _images.GroupBy(i => i.Value.Config!.Digest).ToList();
        ParallelLoop.For(byConfig.Count, i => Check(byConfig[i].Key, [.. byConfig[i]]), run.Cancellation);
    }

    private static bool IsUnknown(Platform platform) => platform is { OS: "unknown", Architecture: "unknown" };

    private void Check(Digest digest, IReadOnlyList<KeyValuePair<Digest, Manifest>> images)
    {
        var config = Read(digest);
        if (config?.Platform is { } platform && IsUnknown(platform)) return; // an attestation
        if (config is not null)
        {
            CheckMembers(digest, config);
            foreach (var count in images.Select(i => i.Value.Layers.Count).Distinct()) CheckCounts(digest, config, count);
            foreach (var image in images) CheckPlatform(image.Key, config);
        }

        foreach (var image in images) AddLayers(image.Value, digest, config);
    }

    private ImageConfig? Read(Digest digest)
    {
        try
        {
            // An empty file is never opened, because a FIFO also has length 0.
            if (!digest.IsVerifiable || run.Blobs.Find(digest) is null) return null;
            var bytes = run.Blobs.ReadAll(digest, null, run.Options.ManifestSizeLimit, run.Cancellation);
            lock (run.Hashed) run.Hashed.Add(digest);
            return ImageConfig.Parse(bytes, digest.ToString());
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidManifest)
        {
            Report(digest, FindingProblem.InvalidConfig, FindingSeverity.Error, "an image configuration", Errors.Reason(e.InnerException ?? e));
        }
        catch (OciException e) when (e.Kind == OciErrorKind.SizeLimitExceeded)
        {
            Report(digest, FindingProblem.TooLarge, FindingSeverity.Error, e.Expected ?? "an image configuration", e.Actual ?? e.Message);
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            // BlobCheck reads the file again and reports the problem.
        }

        return null;
    }

    private void CheckMembers(Digest digest, ImageConfig config)
    {
        // The specification requires both members, but images without them exist.
        if (config.Platform is null) Report(digest, FindingProblem.ConfigSchema, FindingSeverity.Notice, "the members os and architecture", "not both of them");
        var malformed = config.DiffIds.Count(d => d is null);
        if (malformed > 0) Report(digest, FindingProblem.DiffIdMismatch, FindingSeverity.Error, "diff_ids that are digests", Text(malformed, "diff_id that is not a digest", "diff_ids that are not digests"));
        if (config.DiffIds.FirstOrDefault(d => d is { IsVerifiable: false }) is { } unknown)
            Report(digest, FindingProblem.Unverifiable, FindingSeverity.Notice, "diff_ids of sha256, sha384 or sha512", unknown.ToString());
    }

    private void CheckCounts(Digest digest, ImageConfig config, int layers)
    {
        if (config.DiffIds.Count != layers)
            Report(digest, FindingProblem.DiffIdMismatch, FindingSeverity.Error, Text(layers, "diff_id", "diff_ids") + ", one for each layer", Text(config.DiffIds.Count, "diff_id", "diff_ids"));
        var steps = config.History.Count(h => !h.IsEmptyLayer);
        if (config.History.Count > 0 && steps != layers)
            Report(digest, FindingProblem.ConfigSchema, FindingSeverity.Notice, Text(layers, "history entry", "history entries") + " with a layer", Text(steps, "history entry", "history entries"));
    }

    private void CheckPlatform(Digest image, ImageConfig config)
    {
        if (config.Platform is not { } actual || !_members.TryGetValue(image, out var members)) return;
        foreach (var (stated, path, tags) in members)
        {
            var isOther = Differs(stated.OS, actual.OS) || Differs(stated.Architecture, actual.Architecture);
            if (!isOther && !Differs(stated.Variant, actual.Variant) && !Differs(stated.OSVersion, actual.OSVersion)) continue;
            run.Report(new Finding(FindingProblem.PlatformMismatch, isOther ? FindingSeverity.Error : FindingSeverity.Warning, path)
            {
                Digest = image,
                Expected = Digest.Shorten(stated.ToString()),
                Actual = Digest.Shorten(actual.ToString()),
                Tags = tags(),
            });
        }

        static bool Differs(string? stated, string? actual) => !string.IsNullOrEmpty(stated) && !string.IsNullOrEmpty(actual) && stated != actual;
    }

    private void AddLayers(Manifest image, Digest digest, ImageConfig? config)
    {
        for (var i = 0; i < image.Layers.Count; i++)
        {
            var layer = image.Layers[i];
            var diffId = i < config?.DiffIds.Count && config.DiffIds[i] is { IsVerifiable: true } known ? known : (Digest?)null;
            lock (run.Layers)
            {
                if (!run.Layers.TryGetValue(layer.Digest, out var uses)) run.Layers.Add(layer.Digest, uses = []);
                uses.Add(new LayerUse(layer.MediaType, diffId, digest));
            }
        }
    }

    private static string Text(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";

    private void Report(Digest digest, FindingProblem problem, FindingSeverity severity, string expected, string actual) =>
        run.Report(new Finding(problem, severity, run.PathOf(digest))
        {
            Digest = digest,
            Expected = expected,
            Actual = actual,
            Tags = run.TagsOf(digest),
        });
}
