using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Writes a store, or a part of it, to one tar archive.</summary>
[Cmdlet(VerbsData.Export, "OciStore", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportOciStoreCommand : OciWholeStoreCmdlet
{
    private static readonly string[] OtherFormats =
        [".zip", ".7z", ".rar", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".tz2", ".zst", ".tzst", ".lz", ".tlz", ".lz4", ".lzma", ".lzo", ".br", ".z", ".cab", ".cpio", ".iso"];

    private readonly List<(OciStoreInfo Store, ItemArgument Item)> _piped = [];
    private bool _written;

    /// <summary>
    /// The archive to write, completely or not at all. It is compressed when its name ends with .gz or .tgz. Directories are not created.
    /// </summary>
    [Parameter(Position = 1)]
    [PathTransformation]
    public string? Destination { get; set; }

    /// <summary>
    /// The content to export: tags (wildcards are permitted), digests, or objects that have one of them. Without it, the whole store.
    /// </summary>
    [Parameter(Position = 2)]
    [ItemTransformation(Many = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Reference { get; set; }

    /// <summary>The content to leave out: a store, or a text file with one digest on each line.</summary>
    [Parameter]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? Exclude { get; set; }

    /// <summary>The platform whose image is exported from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Exports also the referrers of the content, such as signatures and SBOMs, and their referrers.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrer { get; set; }

    /// <summary>Adds the manifest.json that docker load needs.</summary>
    [Parameter]
    public SwitchParameter DockerCompatible { get; set; }

    /// <summary>With -DockerCompatible, the repository of tags that do not name one, such as registry.example/app.</summary>
    [Parameter]
    public string? RepositoryName { get; set; }

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? SecondParameter => nameof(Destination);

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => Reference is null ? "Tag an image with Set-OciTag, or export without -DockerCompatible." : "Use -Reference with the tag of an image, or export without -DockerCompatible.",
        OciException { Kind: OciErrorKind.NotFound, Related.Count: > 0, Expected: null } =>
            $"Repair-OciStore {CommonAdvice.Quote(StoreText ?? "./layout")} -Source ./mirror fetches missing content. If the receiver has it, name the receiver's store or list with -Exclude.",
        _ => base.Advise(error),
    };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (string.IsNullOrEmpty(Destination))
            Terminate(new OciArgumentException("MissingDestination", "No file was given for the archive.", DestinationAdvice()), null);
        if (Reference is [{ Text: { } text }] && CommonAdvice.IsPath(text) && !CommonAdvice.IsPath(Destination!))
            Terminate(new OciArgumentException("InvalidDestination", $"'{text}' is a path, not content to export.", $"Write the archive before the content: Export-OciStore {CommonAdvice.Quote(StoreText ?? "./layout")} {CommonAdvice.Quote(text)} {CommonAdvice.Quote(Destination!)}."), text);
        if (OtherFormats.FirstOrDefault(e => Destination!.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } extension)
        {
            Terminate(
                new OciArgumentException("UnsupportedFormat", $"Cannot write '{Destination}': {extension} is the extension of a format that Export-OciStore does not write.", "Use .tar, .tar.gz or .tgz."),
                Destination);
        }

        if (DockerCompatible && Exclude is not null)
            Terminate(new OciArgumentException("ConflictingParameters", "-DockerCompatible and -Exclude exclude each other: docker load needs every layer.", "Use one of them."), null);
        if (RepositoryName is not null && !DockerCompatible)
            Terminate(new OciArgumentException("ConflictingParameters", "-RepositoryName needs -DockerCompatible.", "Add -DockerCompatible."), null);
        base.BeginProcessing();
    }

    private string DestinationAdvice()
    {
        if (Store is null || MyInvocation.ExpectingInput) return "Write -Destination ./layout.tar.";
        return Store.Store is null && Store.Registry is null && !File.Exists(Path.Combine(PathResolver.Literal(SessionState, Store.Text), "oci-layout")) && DefaultStore.Exists(SessionState, MyInvocation.MyCommand.Name)
            ? $"The first argument is the store. To use the default store or the current directory, write Export-OciStore -Destination {CommonAdvice.Quote(Store.Text)}."
            : $"Write Export-OciStore {CommonAdvice.Quote(Store.Text)} ./layout.tar.";
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is not { Text: null, IsStoreOnly: false } item)
        {
            base.ProcessRecord();
            return;
        }

        Try(item.Typed, () =>
        {
            if (item.Problem is not null) throw item.Problem;
            if (Reference is not null) throw new OciArgumentException("InvalidInput", "Both -Reference and piped input name content.", "Use one of them.");
            var store = Layout(StoreFor(item.Store));
            if (_piped.Count > 0 && !_piped[0].Store.IsSame(store)) throw OneStoreOnly();
            _piped.Add((store, item));
        });
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_piped.Count > 0) Try(Destination, () => Export(_piped[0].Store, [.. _piped.Select(p => p.Item)]));
    }

    private protected override void Process(OciPlaceInfo store) => Export(Layout(store), Reference);

    private void Export(OciStoreInfo store, IReadOnlyList<ItemArgument>? items)
    {
        if (_written || (items is null && _piped.Count > 0)) throw OneStoreOnly();
        var path = PathResolver.Literal(SessionState, Destination!);
        OutputFile.CheckTarget(path, Force);
        var options = Options(store, items);
        var export = new OciExport(store.Core, options);
        var plan = RunReading(store, $"Exporting {store}", () => export.Plan(Cancellation));
        if (!ShouldProcess(path, $"Write {Display.Count(plan.Items.Count, "blob", "blobs")} ({Display.Size(plan.Size)}) of {store}")) return;
        if (plan.Absent.Count > 0)
            WriteWarning($"The archive is a sparse copy: {store} does not have {Display.Count(plan.Absent.Count, "object", "objects")} that its manifests reference, such as other platforms or foreign layers. -Verbose lists them.");
        foreach (var absent in plan.Absent) WriteVerbose($"Did not export {absent}, because it does not exist in {store}.");
        if (plan.ExcludedCount > 0) WriteVerbose($"{Display.Count(plan.ExcludedCount, "blob is", "blobs are")} left out.");
        foreach (var name in plan.DockerNames) WriteVerbose($"docker load gives it the name {name}.");
        foreach (var tag in plan.OmittedNames)
            WriteWarning($"docker load gives no name to the image of the tag '{tag}': Docker does not accept the name, or another image in the archive has it.");
        _written = true;
        var written = new LastReport<long>();
        Run(
            $"Exporting {store}",
            () => export.Run(plan, path, Force, written, Cancellation),
            () => WorkStatus.OfBytes(Path.GetFileName(path), written.Value, plan.Size));
        WriteVerbose($"Exported {Display.Count(plan.Items.Count, "blob", "blobs")} ({Display.Size(plan.Size)}) of {store} to {path} ({Display.Size(new FileInfo(path).Length)}).");
        WriteFile(path);
    }

    private ExportOptions Options(OciStoreInfo store, IReadOnlyList<ItemArgument>? items)
    {
        var (exclude, below) = Exclude is null ? (null, []) : ExclusionReader.Read(Exclude, this, SessionState, Cancellation);
        var options = new ExportOptions
        {
            References = items is null ? null : NamesOf(store, items),
            Platform = Platform,
            IncludeReferrers = IncludeReferrer,
            Exclude = exclude,
            ExcludeBelow = below,
            DockerCompatible = DockerCompatible,
        };
        return RepositoryName is null ? options : options with { RepositoryName = RepositoryName };
    }

    private List<string> NamesOf(OciStoreInfo store, IReadOnlyList<ItemArgument> items)
    {
        var result = new List<string>();
        foreach (var item in items)
        {
            if (item.Text is { } text && WildcardPattern.ContainsWildcardCharacters(text)) result.AddRange(TagsLike(store, text));
            else result.Add(NameOf(store, item));
        }

        return result;
    }

    private static List<string> TagsLike(OciStoreInfo store, string pattern)
    {
        var patterns = new TagPatterns([pattern]);
        List<string> tags = [.. store.Core.GetTags().Select(t => t.Tag!).Where(patterns.Matches)];
        return tags.Count > 0 ? tags : throw TagPatterns.NotFound(pattern, store);
    }

    private static OciArgumentException OneStoreOnly() =>
        new("OneInputOnly", "An archive contains one store, but several were given.", "Export one store at a time, each to its own file.");

    private string NameOf(OciStoreInfo store, ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.Store is { } own && Open(own) is var other && !other.IsSame(store))
            throw new OciArgumentException("StoreMismatch", $"'{item}' belongs to the store {other}, not to {store}.", "Use content of one store.");
        var name = item.NameForDeleting ?? "";
        item.CheckNotMoved(Remember(item, store.Core.Resolve(name, true, Cancellation)).Digest);
        return name;
    }
}
