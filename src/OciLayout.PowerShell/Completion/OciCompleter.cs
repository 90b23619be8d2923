using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Completes with what a store holds. A person waits for it: what cannot be read in time is left out, and nothing is ever an error.
/// </summary>
public abstract class OciCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            var store = CompletionStore.Find(commandName, fakeBoundParameters);
            return Complete(new CompletionRequest(commandName, store, new CompletionWord(wordToComplete), fakeBoundParameters, limit.Token)).ToList();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return [];
        }
    }

    /// <summary>What fits a word.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(CompletionRequest request);

    private protected static IEnumerable<CompletionResult> Tags(CompletionRequest request) =>
        from listing in request.Store?.Tags() ?? []
        where request.Word.Fits(listing.Tag!)
        select request.Word.Result(listing.Tag!, listing.Tag!, $"{listing.Tag}: {listing.Digest}");

    private protected static IEnumerable<CompletionResult> Digests(CompletionRequest request)
    {
        var word = request.Word;
        var seen = new HashSet<Digest>();
        foreach (var listing in request.Entries)
        {
            if (listing.Digest.IsEmpty || !seen.Add(listing.Digest)) continue;
            var text = listing.Digest.ToString();
            if (word.Fits(text) || word.Fits(listing.Digest.Encoded)) yield return word.Result(text, Display.Digest(text), text);
        }
    }
}

/// <summary>Completes tags.</summary>
public sealed class TagCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) => Tags(request);
}

/// <summary>Completes references: tags first, then the digests that the index lists.</summary>
public sealed class ReferenceCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) => Tags(request).Concat(Digests(request));
}

/// <summary>Completes the digests that the index lists.</summary>
public sealed class DigestCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) => Digests(request);
}

/// <summary>Completes media types: those that the store lists, and those of the specification.</summary>
public sealed class MediaTypeCompleter : OciCompleter
{
    private static readonly string[] Manifests =
        [MediaTypes.ImageManifest, MediaTypes.ImageIndex, MediaTypes.DockerManifest, MediaTypes.DockerManifestList];

    private static readonly string[] Blobs =
    [
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        MediaTypes.Empty,
        MediaTypes.OctetStream,
    ];

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        var known = request.Command == "Push-OciManifest" ? Manifests : [.. Manifests, .. Blobs];
        return request.Texts(request.Entries.Select(l => l.Descriptor?.MediaType).Concat(known));
    }
}

/// <summary>Completes artifact types: those of what is attached to the reference on the line, else those that the index lists.</summary>
public sealed class ArtifactTypeCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Store is not { } store || request.Bound[nameof(OciReferenceCmdlet.Reference)] is not { } reference)
            return request.Texts(request.Entries.Select(l => l.Descriptor?.ArtifactType));
        var item = ItemArgument.From(reference);
        if (!item.TryGetDigest(out var digest)) digest = store.Resolve(item.NameForReading ?? "", true, request.Limit).Digest;
        return request.Texts(store.Referrers(digest, null, request.Limit).Select(r => r.ArtifactType));
    }
}

/// <summary>Completes platforms: those of the reference on the line, else of all indexes that are listed.</summary>
public sealed class PlatformCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        request.Store is { } store ? request.Texts(Platforms(store, request)) : [];

    private static IEnumerable<string> Platforms(OciLayout.OciStore store, CompletionRequest request)
    {
        var roots = request.Bound[nameof(OciReferenceCmdlet.Reference)] is { } reference
            ? [store.Resolve(ItemArgument.From(reference).NameForReading ?? "", true, request.Limit)]
            : request.Entries.Select(l => l.Descriptor).OfType<Descriptor>();
        foreach (var root in roots)
        {
            if (request.Limit.IsCancellationRequested) yield break;
            foreach (var (platform, _) in OciPlatforms.List(store, root, CancellationToken.None)) yield return platform.ToString();
        }
    }
}

/// <summary>What is to be completed.</summary>
/// <param name="Command">The name of the cmdlet.</param>
/// <param name="Store">The store that the line means; null when it means none.</param>
/// <param name="Word">The word that is half typed.</param>
/// <param name="Bound">The other arguments on the line.</param>
/// <param name="Limit">Cancelled when a person has waited long enough.</param>
internal sealed record CompletionRequest(string Command, OciLayout.OciStore? Store, CompletionWord Word, IDictionary Bound, CancellationToken Limit)
{
    /// <summary>What the index lists.</summary>
    public IEnumerable<IndexListing> Entries => Store?.Entries() ?? [];

    /// <summary>The texts that fit, each once, in order.</summary>
    public IEnumerable<CompletionResult> Texts(IEnumerable<string?> texts) => texts.OfType<string>().Distinct().Where(Word.Fits)
        .OrderBy(t => t, StringComparer.Ordinal).Select(t => Word.Result(t, t, t));
}
