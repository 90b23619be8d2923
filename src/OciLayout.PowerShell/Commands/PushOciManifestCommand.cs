using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>Stores a manifest or index unchanged, and lists it in the index of the store.</summary>
[Cmdlet(VerbsCommon.Push, "OciManifest", DefaultParameterSetName = TypedPath.PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class PushOciManifestCommand : OciPushCmdlet
{
    private readonly List<(OciStoreInfo Store, Descriptor Manifest)> _pushed = [];
    private PushRequest? _request;

    /// <summary>The tags of the manifest. It permits only one input.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    private protected override string? OneInputParameter => Tag is null ? null : nameof(Tag);

    private protected override PushRequest Request => _request!;

    private protected override string Noun => "manifest";

    private protected override string Action => Tag is null ? base.Action : $"Store manifest and tag it {string.Join(", ", Tag)}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Tag = TryOrTerminate(Tag, () => WithTagOfStore(Tag));
        CheckTags(Tag);
        _request = TryOrTerminate(Annotation, () => new PushRequest { MediaType = MediaTypeOrNone, AsManifest = true, Annotations = Annotations });
    }

    private protected override byte[] Serialize(object document) => PlainJson.Write(DocumentValue.Of(document));

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.InvalidManifest } => "Check the document. Push-OciBlob stores content of any type.",
        OciException { Kind: OciErrorKind.SizeLimitExceeded } => "If it is not a manifest, store it with Push-OciBlob.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => "Leave out -MediaType, or store it with Push-OciBlob.",
        _ => base.Advise(error),
    };

    // The library does not know the name of the file.
    private protected override string Describe(Exception error, object? target)
    {
        var message = base.Describe(error, target);
        if (error is not OciException { Kind: OciErrorKind.InvalidManifest or OciErrorKind.SizeLimitExceeded } || Value is not null || target is not string file) return message;
        return message.StartsWith("The document ", StringComparison.Ordinal) || message.StartsWith("The manifest ", StringComparison.Ordinal) ? $"'{file}'{message.Substring("The document".Length)}" : message;
    }

    private protected override void Published(OciStoreInfo store, OciBatch batch, PushResult result)
    {
        var descriptor = result.Descriptor;
        foreach (var tag in Tag ?? [])
        {
            var before = FindMoved(store, tag, descriptor.Digest);
            Try(tag, () => batch.Tag(descriptor, tag ?? "", Cancellation));
            WriteMoved(store, tag, before, descriptor.Digest);
        }

        WriteObject(new OciDescriptor(store, descriptor));
        _pushed.Add((store, descriptor));
    }

    private protected override void CheckForRegistry(OciPlaceInfo repository)
    {
        if (Annotation is not null) throw RegistryRefusal.OfAnnotation(repository);
        foreach (var tag in Tag ?? []) RegistryRefusal.CheckTag(repository, tag, force: null);
    }

    private protected override Descriptor Send(OciRepository repository, Stream content, Action<long> sent) =>
        repository.PushManifestAsync(content, MediaTypeOrNone, Tag ?? [], Cancellation).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        foreach (var (store, manifest) in _pushed) Try(manifest.Digest, () => WarnOfMissing(store, manifest));
    }

    // Runs at the end, because the members of an index may be pushed after it.
    private void WarnOfMissing(OciStoreInfo store, Descriptor manifest)
    {
        var missing = store.Core.FindMissing(manifest, Cancellation);
        if (missing.Count == 0) return;
        var more = missing.Count > 1 ? $" and {missing.Count - 1} more" : "";
        WriteWarning($"{manifest.Digest} needs content that {store} does not have: {missing[0]}{more}. Store it with Push-OciBlob or Push-OciManifest.");
    }
}
