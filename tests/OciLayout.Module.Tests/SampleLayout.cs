using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace OciLayout.ModuleTests;

/// <summary>
/// A small layout in <c>./layout</c> of a session, made with the cmdlets. <c>v1</c> and <c>latest</c> tag one manifest, which has an SBOM
/// attached. <c>v2</c> shares a layer with it. One blob is unreferenced.
/// </summary>
internal static class SampleLayout
{
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string SbomType = "application/spdx+json";

    public const string Config = "{}";
    public const string FirstLayer = "hello";
    public const string SecondLayer = "world";
    public const string Sbom = "sbom";
    public const string Orphan = "orphan";

    public static string V1 { get; } = Manifest("application/x-one", null, FirstLayer);

    public static string V2 { get; } = Manifest("application/x-two", null, FirstLayer, SecondLayer);

    public static string Attached { get; } = Manifest(SbomType, V1, Sbom);

    /// <summary>Returns the digest of a text.</summary>
    public static string Digest(string content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    /// <summary>Returns the path of a blob of the sample.</summary>
    public static string BlobFile(ModuleSession session, string content) =>
        Path.Combine(session.Directory.Path, "layout", "blobs", "sha256", Digest(content)["sha256:".Length..]);

    /// <summary>Reads the index from disk.</summary>
    public static string Index(ModuleSession session) => File.ReadAllText(Path.Combine(session.Directory.Path, "layout", "index.json"));

    /// <summary>Opens a session and creates the sample in its directory; <c>$s</c> is its store.</summary>
    public static ModuleSession Open(params string[] answers)
    {
        var session = new ModuleSession(answers);
        session.RunCleanly("""
            param($Config, $First, $Second, $Sbom, $Orphan, $V1, $V2, $Attached)
            $s = New-OciStore ./layout
            $null = $Config, $First, $Second, $Sbom, $Orphan | Push-OciBlob $s
            $null = Push-OciManifest $s -Value $V1 -Tag v1, latest
            $null = Push-OciManifest $s -Value $V2 -Tag v2
            $null = Push-OciManifest $s -Value $Attached
            """, Config, FirstLayer, SecondLayer, Sbom, Orphan, V1, V2, Attached);
        return session;
    }

    /// <summary>Returns the manifest of an artifact, from the texts of its subject and layers.</summary>
    public static string Manifest(string artifactType, string? subject, params string[] layers)
    {
        var json = new StringBuilder($$"""{"schemaVersion":2,"mediaType":"{{ImageManifest}}","artifactType":"{{artifactType}}","config":""");
        json.Append(Descriptor("application/vnd.oci.empty.v1+json", Config)).Append(",\"layers\":[");
        for (int i = 0; i < layers.Length; i++)
            json.Append(i == 0 ? "" : ",").Append(Descriptor("application/x-demo", layers[i]));
        json.Append(']');
        if (subject is not null)
            json.Append(",\"subject\":").Append(Descriptor(ImageManifest, subject));
        return json.Append('}').ToString();
    }

    private static string Descriptor(string mediaType, string content) =>
        $$"""{"mediaType":"{{mediaType}}","digest":"{{Digest(content)}}","size":{{Encoding.UTF8.GetByteCount(content)}}}""";
}
