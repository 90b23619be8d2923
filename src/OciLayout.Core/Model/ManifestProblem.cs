using System;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Says why a document without a given media type is not a manifest or an index.</summary>
internal static class ManifestProblem
{
    /// <summary>Returns the problem of a document that <see cref="Manifest.Sniff"/> does not recognize, as a clause.</summary>
    public static string Of(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(Json.WithoutByteOrderMark(bytes), Json.DocumentOptions);
            return Of(document.RootElement);
        }
        catch (Exception e) when (Json.Problem(e) is { } problem)
        {
            return bytes.Length == 0 ? "it is empty" : $"it is not JSON: {Errors.Reason(problem)}";
        }
    }

    private static string Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return "it is not a JSON object";
        if (root.TryGetProperty("mediaType", out var type))
            return type.ValueKind == JsonValueKind.String ? $"its mediaType is '{Digest.Shorten(type.GetString()!)}'" : "its mediaType is not a string";
        var (config, layers, manifests) = (root.TryGetProperty("config", out _), root.TryGetProperty("layers", out _), root.TryGetProperty("manifests", out _));
        return (config, layers, manifests) switch
        {
            (_, false, false) => "it has neither a mediaType nor layers or manifests",
            (_, true, true) => "it has no mediaType, and both layers and manifests",
            (false, true, false) => "it has no mediaType, and layers without a config",
            _ when !root.TryGetProperty("schemaVersion", out _) => "it has neither a mediaType nor a schemaVersion",
            _ => "it has no mediaType, and config, layers or manifests are not of the type that the specification requires",
        };
    }
}
