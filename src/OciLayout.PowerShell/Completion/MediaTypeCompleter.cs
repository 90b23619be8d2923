using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

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
