using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Finds the digests in a JSON document of an unknown type. Descriptors also give a media type; older formats, such as Docker schema 1,
/// give only a digest. A text that is not JSON has no digests. A truncated document has those before its end.
/// </summary>
internal static class DocumentReader
{
    /// <summary>Returns the references of a document, without duplicates.</summary>
    public static Edge[] Read(ReadOnlyMemory<byte> bytes)
    {
        var found = new List<Edge>();
        var objects = new Stack<(Digest Digest, string MediaType)>();
        try
        {
            Read(Json.WithoutByteOrderMark(bytes).Span, objects, found);
        }
        catch (Exception e) when (Json.Problem(e) is not null)
        {
            while (objects.Count > 0) Add(found, objects.Pop());
        }

        return [.. found.Distinct()];
    }

    private static void Read(ReadOnlySpan<byte> json, Stack<(Digest Digest, string MediaType)> objects, List<Edge> found)
    {
        var reader = new Utf8JsonReader(json, Json.ReaderOptions);
        string? member = null;
        while (reader.Read())
        {
            var text = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? TextOf(ref reader) : null;
            if (reader.TokenType == JsonTokenType.StartObject) objects.Push((default, ""));
            else if (reader.TokenType == JsonTokenType.EndObject) Add(found, objects.Pop());
            else if (text?.Length >= Digest.PlainLength && Digest.TryParse(text, out var digest) && digest.IsVerifiable)
            {
                if (member == "digest" && objects.Peek().Digest.IsEmpty) objects.Push(objects.Pop() with { Digest = digest });
                else Add(found, (digest, ""));
            }
            else if (member == "mediaType" && text is not null) objects.Push(objects.Pop() with { MediaType = text });

            member = reader.TokenType == JsonTokenType.PropertyName ? text : null;
        }
    }

    // A string that is not valid UTF-8 is not a digest. Reading continues after it.
    private static string? TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void Add(List<Edge> found, (Digest Digest, string MediaType) descriptor)
    {
        if (!descriptor.Digest.IsEmpty) found.Add(new Edge(DescriptorRole.Reference, descriptor.Digest, descriptor.MediaType, 0));
    }
}
