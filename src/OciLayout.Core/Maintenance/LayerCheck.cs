using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>
/// Decompresses one layer, reads its tar, and compares the digest of the tar with each <c>diff_id</c> that a configuration states for the
/// layer (image-spec, config, "Layer DiffID"). Keeps no entries, so the memory does not depend on the size of the layer.
/// </summary>
internal sealed class LayerCheck(VerifyRun run, Digest layer, IReadOnlyCollection<LayerUse> uses)
{
    private readonly List<Finding> _findings = [];

    /// <summary>Reads the layer to its end.</summary>
    /// <param name="stored">The stored bytes. The stream verifies their digest.</param>
    /// <exception cref="OciException">The stored bytes are corrupt. Findings about the tar would only repeat this, so they are not reported.</exception>
    public void Run(Stream stored)
    {
        if (uses.Any(u => MediaTypes.IsLayer(u.MediaType) && !MediaTypes.IsEncrypted(u.MediaType))) ReadTar(stored);
        else Unsupported("a layer that is not encrypted and has a media type of the image specification", uses.First().MediaType);
        stored.Drain(run.Cancellation);
        _findings.ForEach(run.Report);
    }

    private void ReadTar(Stream stored)
    {
        var limit = UnpackLimit.Of(stored.Length);
        var algorithms = uses.Where(u => u.DiffId is not null).Select(u => u.DiffId!.Value.KnownAlgorithm!.Value).Distinct().ToList();
        long unpacked = 0;
        try
        {
            var described = new ImageLayer(new Descriptor(uses.First().MediaType, layer, stored.Length), null);
            using var tar = LayerStream.Read(described, new UnownedStream(stored), algorithms, new LayerReading { Unpacked = Count }, run.Cancellation);
            ReadEntries(tar);
            Compare(tar.Finish());
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidArchive && e.Actual is "zstd" or "xz" or "bzip2" or ImageErrors.ZstdWindow or ImageErrors.ZstdDictionary)
        {
            Unsupported("a layer whose compression this build of OciLayout supports", e.Actual!);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidArchive)
        {
            Add(FindingProblem.InvalidLayer, FindingSeverity.Error, "a tar archive, compressed or not", e.Actual ?? e.InnerException?.Message.TrimEnd('.') ?? e.Message);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.SizeLimitExceeded)
        {
            Add(FindingProblem.TooLarge, FindingSeverity.Error, string.Format(CultureInfo.InvariantCulture, "at most {0} bytes after decompression", limit), "more bytes");
        }

        void Count(int bytes)
        {
            if ((unpacked += bytes) > limit) throw ArtifactErrors.UnpackedTooLarge(layer, stored.Length, limit);
        }
    }

    private void ReadEntries(Stream tar)
    {
        var reader = new TarReader(tar, layer.ToString(), endRequired: false);
        bool isUnsafe = false, isUnsupported = false;
        while (reader.Next(run.Cancellation) is { } entry)
        {
            // One finding of each kind for a layer.
            if (entry.Kind is TarEntryKind.Sparse or TarEntryKind.Unknown)
            {
                if (!isUnsupported) Unsupported("entries of the types in the image specification", $"'{Digest.Shorten(entry.Name)}', which {(entry.Kind == TarEntryKind.Sparse ? "is a sparse file" : "has an unknown type")}");
                isUnsupported = true;
            }
            else if (!isUnsafe && ProblemOf(entry) is { } problem)
            {
                isUnsafe = true;
                Add(FindingProblem.InvalidLayer, FindingSeverity.Warning, "paths inside of the image", problem);
            }
        }

        // Readers accept an archive without its end, and the diff_id shows whether the tar is complete.
        if (!reader.HasEnd) Add(FindingProblem.InvalidLayer, FindingSeverity.Notice, "two blocks of zeros at the end of the tar", "no such blocks");
    }

    private static string? ProblemOf(TarEntry entry)
    {
        try
        {
            LayerReader.Parse(entry, "the layer");
            return null;
        }
        catch (OciException e) when (e.Kind == OciErrorKind.UnsafePath)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private void Compare(IReadOnlyList<Digest> actual)
    {
        foreach (var use in uses.Where(u => u.DiffId is not null))
        {
            var digest = actual.Single(d => d.KnownAlgorithm == use.DiffId!.Value.KnownAlgorithm);
            if (digest == use.DiffId) continue;
            Add(FindingProblem.DiffIdMismatch, FindingSeverity.Error, $"{use.DiffId} (configuration {use.Config})", digest.ToString(), run.TagsOf(use.Config));
        }
    }

    private void Unsupported(string expected, string actual) => Add(FindingProblem.UnsupportedLayer, FindingSeverity.Notice, expected, actual);

    private void Add(FindingProblem problem, FindingSeverity severity, string expected, string actual, IReadOnlyList<string>? tags = null) =>
        _findings.Add(new Finding(problem, severity, run.PathOf(layer))
        {
            Digest = layer,
            Expected = expected,
            Actual = actual,
            Tags = tags ?? run.TagsOf(layer),
        });
}
