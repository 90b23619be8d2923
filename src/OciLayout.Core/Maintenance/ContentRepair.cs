using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// Replaces corrupt content and fetches missing content. A finding may be outdated by the time of the repair, so content is verified again
/// while the gate is held exclusively, and only content that is still corrupt is moved.
/// </summary>
internal sealed class ContentRepair(RepairContext context)
{
    private readonly HashSet<Digest> _tried = [];

    /// <summary>Repairs one finding about content.</summary>
    /// <returns>The reason why the finding is not repaired; null if it is.</returns>
    public string? Repair(Finding finding) => RepairContext.Try(() =>
    {
        _tried.Add(finding.Digest);
        var (writer, state) = (context.Writer, context.Writer.State);
        var staged = Stage(finding.Digest, writer, out var reason);
        try
        {
            if (staged is not null) state.Files.Flush(staged.Path!);
            else if (finding.Remedy == FindingRemedy.Fetch) return context.VerifiedLength(finding.Digest) is null ? reason : null;
            using (var scope = writer.Begin(context.Cancellation))
            using (context.LockStoreExclusive())
            {
                if (context.VerifiedLength(finding.Digest) is not null) return null;
                if (staged is null && state.ClaimsToRespect().Any(c => c.Digest == finding.Digest)) return "Another process uses this content. Repair it again later.";
                context.Quarantine.Move(context.Layout.PathOf(finding.Digest).ToString());
                if (staged is null) return IsNeeded(finding) ? $"It was moved aside. {reason}" : null;
                scope.Claim(finding.Digest, staged.Descriptor.MediaType);
                state.Directory.Publish([staged]);
                staged = null;
            }

            state.Directory.FlushDirectories([finding.Digest.KnownAlgorithm!.Value]);
            return null;
        }
        finally
        {
            if (staged is not null) writer.Discard([staged]);
        }
    });

    /// <summary>Fetches missing content that fetched manifests reference, until nothing more can be fetched.</summary>
    /// <param name="report">The observer of these findings, with the reason why each is not repaired; null if it is.</param>
    public void RepairReferenced(Action<Finding, string?> report)
    {
        if (context.Sources.Count == 0) return;
        bool isAnyRepaired;
        do
        {
            isAnyRepaired = false;
            var missing = new List<Finding>();
            context.Verify(f =>
            {
                if (f.Remedy == FindingRemedy.Fetch && _tried.Add(f.Digest)) missing.Add(f);
            });
            foreach (var finding in missing)
            {
                var reason = Repair(finding);
                isAnyRepaired |= reason is null;
                report(finding, reason);
            }
        }
        while (isAnyRepaired);
    }

    // For corrupt content that no manifest references, moving it to the quarantine is a complete repair.
    private static bool IsNeeded(Finding finding) => finding is not { Problem: FindingProblem.DigestMismatch, Severity: FindingSeverity.Warning };

    // Stages content from the first source that has it intact.
    private StagedBlob? Stage(Digest digest, StoreWriter writer, out string reason)
    {
        if (context.Sources.Count == 0)
        {
            reason = "No source was given.";
            return null;
        }

        var failures = new List<string>();
        foreach (var source in context.Sources)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            StagedBlob? staged = null;
            var failure = RepairContext.Try(() =>
            {
                staged = Stage(digest, source, writer);
                return null;
            });
            if (staged is not null)
            {
                reason = "";
                return staged;
            }

            failures.Add($"{source.Path}: {failure}");
        }

        reason = "No source has valid content for it. " + string.Join(" ", failures);
        return null;
    }

    private StagedBlob Stage(Digest digest, StoreReader source, StoreWriter writer)
    {
        using var content = Open(digest, source, out var mediaType);
        var request = new PushRequest { Digest = digest, Size = content.Length, MediaType = mediaType, IsCarried = true };
        return writer.Stage(request, content, null, context.Cancellation);
    }

    // Detects manifests, because manifests and other content are stored with different permissions.
    private Stream Open(Digest digest, StoreReader source, out string mediaType)
    {
        mediaType = MediaTypes.OctetStream;
        var content = source.State.Blobs.Open(digest, null);
        if (content.Length > context.ManifestLimit) return content;
        using (content)
        {
            var bytes = content.ReadToEnd();
            if (Manifest.Sniff(bytes) is { } own && IsManifest(bytes, own)) mediaType = own;
            return new MemoryStream(bytes, writable: false);
        }
    }

    private static bool IsManifest(byte[] bytes, string mediaType)
    {
        try
        {
            Manifest.Parse(bytes, mediaType);
            return true;
        }
        catch (OciException)
        {
            return false;
        }
    }
}
