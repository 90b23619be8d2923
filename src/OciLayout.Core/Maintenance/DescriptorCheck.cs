using System.Collections.Generic;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>Checks the members of a descriptor in an index or a manifest (image-spec, descriptor).</summary>
internal static class DescriptorCheck
{
    public static void Run(VerifyRun run, Descriptor descriptor, string path, IReadOnlyList<string>? tags = null)
    {
        if (!MediaTypes.IsValid(descriptor.MediaType))
            Report(FindingProblem.InvalidDescriptor, FindingSeverity.Warning, "a media type (RFC 6838)", descriptor.MediaType.Length == 0 ? "none" : Digest.Shorten(descriptor.MediaType));
        if (!descriptor.Digest.IsVerifiable)
            Report(FindingProblem.Unverifiable, FindingSeverity.Notice, "a digest of sha256, sha384 or sha512", descriptor.Digest.ToString());
        else if (Data(descriptor) is { } data && !EmbeddedData.IsContent(data, descriptor.Digest, descriptor.Size))
            Report(FindingProblem.DataMismatch, FindingSeverity.Error, $"data of {descriptor.Digest}", $"data of {Digest.Compute(data, descriptor.Digest.KnownAlgorithm!.Value)}");

        void Report(FindingProblem problem, FindingSeverity severity, string expected, string actual) => run.Report(new Finding(problem, severity, path)
        {
            Digest = descriptor.Digest,
            Expected = expected,
            Actual = actual,
            Tags = tags ?? run.TagsOf(descriptor.Digest),
        });
    }

    // Returns an empty array for data that cannot be decoded, so that it counts as a mismatch.
    private static byte[]? Data(Descriptor descriptor)
    {
        if (descriptor.Json.IsEmpty) return null;
        var reader = new Utf8JsonReader(descriptor.Json.Span, Model.Json.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isData && reader.TokenType != JsonTokenType.Null) return EmbeddedData.Read(ref reader) ?? [];
            reader.Skip();
        }

        return null;
    }
}
