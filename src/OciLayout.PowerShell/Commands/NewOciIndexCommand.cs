using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Creates an index of several images with different platforms.</summary>
[Cmdlet(VerbsCommon.New, "OciIndex", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class NewOciIndexCommand : OciReferenceCmdlet
{
    private readonly List<(Descriptor Image, object? Typed)> _images = [];
    private OciPlaceInfo? _store;
    private BatchSet? _batches;
    private int _requested;

    /// <summary>The tags of the index.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>The platforms of the images, in the same order, such as linux/arm64/v8. Without it, the images' own platforms.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform[]? Platform { get; set; }

    /// <summary>Annotations of the index, as a hashtable of strings.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CheckTags(Tag);
        _ = TryOrTerminate(Annotation, () => AnnotationReader.Read(Annotation));
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        _requested++;
        _store ??= store;
        if (!_store.IsSame(store))
            throw new OciArgumentException("StoreMismatch", $"'{item}' belongs to the store {store}, and the images before it to {_store}.", "Copy all images into one store first: Copy-OciContent.");
        _images.Add((Resolve(store, item, allowBarePrefix: false), item.Typed));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_requested == 0 && Reference is null && MyInvocation.ExpectingInput) WriteWarning("The pipeline contained no images. No index was created.");

        // An index without the image that failed is not the one that was requested.
        if (_store is not { } store || _images.Count < _requested) return;
        if (Platform is not null && Platform.Length != _images.Count)
        {
            Terminate(
                new OciArgumentException("PlatformCount", $"-Platform has {Display.Count(Platform.Length, "platform", "platforms")} for {Display.Count(_images.Count, "image", "images")}.", "Give one platform for each image, in their order, or none."),
                Platform);
        }

        var builder = new OciIndexBuilder(store.Place);
        for (var i = 0; i < _images.Count; i++)
        {
            var (image, platform) = (_images[i].Image, Platform?[i]);
            if (!Try(_images[i].Typed, () => RunReading(store, $"Reading {image.Digest} in {store}", () => Add(builder, image, platform)))) return;
        }

        Try(store, () => Push(store, builder));
        _batches?.Commit();
    }

    private int Add(OciIndexBuilder builder, Descriptor image, Platform? platform)
    {
        builder.Add(image, platform, Cancellation);
        return builder.Count;
    }

    private void Push(OciPlaceInfo store, OciIndexBuilder builder)
    {
        foreach (var tag in store is OciRepositoryInfo ? Tag ?? [] : []) RegistryRefusal.CheckTag(store, tag, force: null);
        var tags = Tag is null ? "" : $" and tag it {string.Join(", ", Tag)}";
        if (!ShouldProcess(store.Path, $"Make an index of {Display.Count(builder.Count, "image", "images")}{tags}")) return;
        using var document = new MemoryStream(builder.ToBytes(AnnotationReader.Read(Annotation)));
        if (store is OciRepositoryInfo repository)
        {
            var core = repository.Core;
            WriteObject(new OciDescriptor(store, Await($"Sending the index to {store}", () => new ValueTask<Descriptor>(core.PushManifestAsync(document, MediaTypes.ImageIndex, Tag ?? [], Cancellation)))));
            return;
        }

        var batch = (_batches = new BatchSet(this, Try, Cancellation)).For(Layout(store));
        var index = batch.Push(new PushRequest { MediaType = MediaTypes.ImageIndex, AsManifest = true }, document, Cancellation).Descriptor;
        foreach (var tag in Tag ?? []) batch.Tag(index, tag ?? "", Cancellation);
        WriteObject(new OciDescriptor(store, index));
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.InvalidManifest, Subject: AnnotationKeys.Created } => "Use a date such as '2026-01-31T12:00:00Z', or a DateTime object.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: not null } => "Use -Platform with one platform for each reference, in the same order, such as -Platform linux/amd64, linux/arm64.",
        OciException { Kind: OciErrorKind.InvalidManifest } => "Leave out -Platform for an index. Its members keep their platforms.",
        OciException { Kind: OciErrorKind.AlreadyExists } => "Use -Platform to state the platform of each reference, in the same order, or leave out one of them.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => "Name images or indexes only.",
        _ => base.Advise(error),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
