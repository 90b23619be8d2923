using System.Linq;
using System.Text;

namespace OciLayout.Safety.Steps;

/// <summary>A manifest or blob that depends only on its text.</summary>
internal sealed record Content(Descriptor Descriptor, byte[] Bytes)
{
    public string Digest => Descriptor.Digest.ToString();

    public static Content Blob(string text) => Of(MediaTypes.OctetStream, text);

    public static Content Image(Content config, params Content[] layers)
    {
        string list = string.Join(',', layers.Select(Json));
        return Of(
            MediaTypes.ImageManifest,
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(config)}},"layers":[{{list}}]}""");
    }

    private static Content Of(string mediaType, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new Content(new Descriptor(mediaType, OciLayout.Digest.Compute(bytes, DigestAlgorithm.Sha256), bytes.Length), bytes);
    }

    private static string Json(Content content) =>
        $$"""{"mediaType":"{{content.Descriptor.MediaType}}","digest":"{{content.Digest}}","size":{{content.Bytes.Length}}}""";
}
