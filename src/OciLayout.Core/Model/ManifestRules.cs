using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Checks the requirements of the image specification that reading a manifest does not need. The tools that are written in Go (oras,
/// skopeo, regctl, umoci) decode manifests into typed structures. They refuse a document, or the whole store, if a member has another type.
/// Pushed content must follow these rules. Content that is copied or imported is stored unchanged, and verification reports it.
/// </summary>
internal sealed class ManifestRules
{
    private static readonly string[] Members =
        ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "blobs", "subject", "annotations", "fsLayers", "history"];

    private readonly ManifestKind _kind;
    private readonly DescriptorRules _descriptors;

    // The members that have a value, one bit each, in the order of Members.
    private int _present;

    private ManifestRules(ManifestKind kind, bool withValues)
    {
        _kind = kind;
        _descriptors = new DescriptorRules(withValues);
    }

    /// <summary>Refuses a manifest that other tools cannot read.</summary>
    /// <param name="bytes">The document. It can be parsed as this kind.</param>
    /// <param name="kind">The type of the manifest.</param>
    /// <param name="name">The name of the document for messages.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void Require(ReadOnlyMemory<byte> bytes, ManifestKind kind, string name)
    {
        if (Problem(bytes, kind, withValues: true, out _) is not { } problem) return;
        throw ContentErrors.ManifestRefused(name, MediaTypes.Of(kind), problem);
    }

    /// <summary>Finds the first rule that a manifest violates.</summary>
    /// <param name="bytes">The document. It can be parsed as this kind.</param>
    /// <param name="kind">The type of the manifest.</param>
    /// <param name="withValues">Whether to check media types and embedded data, too.</param>
    /// <param name="missing">The required members that the document does not have. Reading does not need them.</param>
    /// <returns>The problem; null if there is none.</returns>
    public static string? Problem(ReadOnlyMemory<byte> bytes, ManifestKind kind, bool withValues, out IReadOnlyList<string> missing)
    {
        missing = [];
        var rules = new ManifestRules(kind, withValues);
        try
        {
            rules.Read(bytes.Span);
        }
        catch (Exception e) when (Json.Problem(e) is { } problem)
        {
            return problem.Message.TrimEnd('.');
        }

        foreach (var member in rules.Required)
        {
            if ((rules._present & (1 << Array.IndexOf(Members, member))) == 0) missing = [.. missing, member];
        }

        return null;
    }

    private string[] Required => _kind switch
    {
        ManifestKind.Image => ["schemaVersion", "config", "layers"],
        ManifestKind.DockerImage => ["schemaVersion", "mediaType", "config", "layers"],
        ManifestKind.Index => ["schemaVersion", "manifests"],
        ManifestKind.DockerList => ["schemaVersion", "mediaType", "manifests"],
        _ => ["mediaType"],
    };

    private void Read(ReadOnlySpan<byte> document)
    {
        if (Json.HasByteOrderMark(document)) throw new JsonException("it begins with a byte order mark");
        var reader = new Utf8JsonReader(document, Json.ReaderOptions);
        reader.Read();
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var before = seen;
            var member = MemberNames.Next(ref reader, Members, ref seen);
            if (member is null || reader.TokenType == JsonTokenType.Null && member != "schemaVersion")
            {
                reader.Skip();
                continue;
            }

            _present |= seen ^ before;
            Check(member, ref reader);
        }
    }

    private void Check(string member, ref Utf8JsonReader reader)
    {
        if (!Allows(member)) throw new JsonException($"it has '{member}', which is not allowed in a document of its type");
        switch (member)
        {
            case "schemaVersion":
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var version) || version != 2)
                    throw new JsonException("'schemaVersion' is not the number 2");
                break;
            case "mediaType":
                Json.ReadString(ref reader, member); // its value was checked when the document was parsed
                break;
            case "artifactType":
                _descriptors.CheckMediaType(Json.ReadString(ref reader, member), member);
                break;
            case "annotations":
                DescriptorRules.CheckAnnotations(ref reader);
                break;
            case "config" or "subject":
                _descriptors.Check(ref reader, member);
                break;
            case "layers" or "manifests":
            case "blobs" when _kind == ManifestKind.Artifact:
                Json.Expect(ref reader, JsonTokenType.StartArray, member, "an array");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) _descriptors.Check(ref reader, member);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    // Tools detect the type by these members, even if they are empty (image-spec security advisory GHSA-77vh-xpmg-72qh).
    private bool Allows(string member) => member switch
    {
        "config" or "layers" => _kind is ManifestKind.Image or ManifestKind.DockerImage,
        "manifests" => _kind is ManifestKind.Index or ManifestKind.DockerList,
        "fsLayers" or "history" => false,
        _ => true,
    };
}
