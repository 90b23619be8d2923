namespace OciLayout.Transfer;

/// <summary>The media types of image configs.</summary>
internal static class DockerConfig
{
    public const string OciType = "application/vnd.oci.image.config.v1+json";

    public static bool IsType(string mediaType) => mediaType is OciType or "application/vnd.docker.container.image.v1+json";
}
