using System;
using System.Collections.Generic;

namespace OciLayout.Artifacts;

/// <summary>
/// Media types by the longest known ending of a file name. The list is fixed, so that every machine returns the same type.
/// </summary>
internal static class FileTypes
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".spdx.json"] = "application/spdx+json",
        [".cdx.json"] = "application/vnd.cyclonedx+json",
        [".cdx.xml"] = "application/vnd.cyclonedx+xml",
        [".intoto.jsonl"] = "application/vnd.in-toto+json",
        [".json"] = "application/json",
        [".yaml"] = "application/yaml",
        [".yml"] = "application/yaml",
        [".xml"] = "application/xml",
        [".toml"] = "application/toml",
        [".txt"] = "text/plain",
        [".log"] = "text/plain",
        [".md"] = "text/markdown",
        [".csv"] = "text/csv",
        [".html"] = "text/html",
        [".htm"] = "text/html",
        [".css"] = "text/css",
        [".js"] = "text/javascript",
        [".pdf"] = "application/pdf",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".svg"] = "image/svg+xml",
        [".wasm"] = "application/wasm",
        [".zip"] = "application/zip",
        [".gz"] = "application/gzip",
        [".tgz"] = "application/gzip",
        [".zst"] = "application/zstd",
        [".tar"] = "application/x-tar",
        [".p7s"] = "application/pkcs7-signature",
        [".jws"] = "application/jose+json",
    };

    public static string Of(string fileName)
    {
        for (var dot = fileName.IndexOf('.'); dot >= 0; dot = fileName.IndexOf('.', dot + 1))
        {
            if (Types.TryGetValue(fileName.Substring(dot), out var type)) return type;
        }

        return MediaTypes.OctetStream;
    }
}
