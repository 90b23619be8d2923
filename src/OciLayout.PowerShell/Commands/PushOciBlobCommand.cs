using System;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Stores files, strings or bytes as blobs.</summary>
[Cmdlet(VerbsCommon.Push, "OciBlob", DefaultParameterSetName = TypedPath.PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class PushOciBlobCommand : OciPushCmdlet
{
    private PushRequest? _request;

    /// <summary>The digest that the content must have. It permits only one input.</summary>
    [Parameter]
    public string? Digest { get; set; }

    /// <summary>The algorithm of the digest. Without it, that of -Digest, or sha256.</summary>
    [Parameter]
    public DigestAlgorithm Algorithm { get; set; }

    private protected override string? OneInputParameter => Digest is null ? null : nameof(Digest);

    private protected override PushRequest Request => _request!;

    private protected override string Noun => "blob";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _request = TryOrTerminate<PushRequest>(Digest ?? MediaType ?? (object?)Annotation, () =>
        {
            _ = Annotations;
            if (MediaTypeOrNone is { } mediaType) MediaTypes.Check(mediaType, "media type");
            return new PushRequest
            {
                MediaType = MediaTypeOrNone,
                Digest = Digest is null ? null : OciLayout.Digest.Parse(Digest),
                Algorithm = Algorithm,
            };
        });
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch } => "Check the file, and the value of -Digest.",
        _ => base.Advise(error),
    };

    private protected override void Published(OciStoreInfo store, OciBatch batch, PushResult result) => WriteObject(Emitted(store, result.Descriptor));

    private protected override Descriptor Send(OciRepository repository, Stream content, Action<long> sent) =>
        repository.PushBlobAsync(_request!, content, sent, Cancellation).GetAwaiter().GetResult();

    private protected override OciDescriptor Emitted(OciPlaceInfo place, Descriptor descriptor)
    {
        var emitted = base.Emitted(place, descriptor);
        // Annotations of a blob belong to the manifest that will reference it. The store does not keep them.
        if (Annotations is { } annotations) emitted.Annotations = OciAnnotations.Of(annotations);
        return emitted;
    }
}
