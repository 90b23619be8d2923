using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Merges archives into a store.</summary>
[Cmdlet(VerbsData.Import, "OciStore", DefaultParameterSetName = TypedPath.PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciStoreInfo))]
public sealed class ImportOciStoreCommand : OciStoreCmdlet
{
    /// <summary>The archives: of layouts, or of docker save. Wildcards are permitted.</summary>
    [Parameter(ParameterSetName = TypedPath.PathSet, Position = 0, ValueFromPipeline = true)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The archives. Wildcard characters are literal.</summary>
    [Parameter(ParameterSetName = TypedPath.LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>
    /// The store: an object of Get-OciStore, or a path. It is created when it does not exist. Without it, the current directory.
    /// </summary>
    [Parameter(Position = 1)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public override StoreArgument? Store { get; set; }

    /// <summary>The tags of the content, instead of the tags of the archive. The archive has to list one object.</summary>
    [Parameter]
    [TagTransformation]
    public string[]? Tag { get; set; }

    /// <summary>Moves tags that name other content in the store.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the store after each archive.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool OpensBeforeInput => false;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TypedPath.From(Path, LiteralPath) is { } paths)
        {
            foreach (var path in paths) Import(path);
        }
        else if (MyInvocation.ExpectingInput)
        {
            Try(null, () => throw new OciArgumentException("InvalidInput", "null was piped.", "Pipe paths or files."));
        }
        else
        {
            Terminate(new OciArgumentException("MissingPath", "No archive was given.", "Write Import-OciStore ./layout.tar ./layout."), null);
        }
    }

    private void Import(TypedPath typed) => Try(typed.Text, () =>
    {
        // When a pattern matches several archives, one that cannot be read does not stop the others.
        foreach (var path in typed.Resolve(SessionState)) Try(typed.Text, () => Import(path));
    });

    private void Import(string path)
    {
        OciStore.CheckArchive(path); // before the store is created
        var length = new FileInfo(path).Length;
        var target = Store?.FullPath(SessionState) ?? DefaultStore.FromLocation(SessionState) ?? StoreFor(null).Path;
        var (summary, objects) = Previews ? Preview(path, target) : ("", []);
        if (!Confirm($"Import {path} ({Display.Size(length)}) into {target}{summary}", () => objects)) return;
        var store = Layout(StoreFor(null));
        var read = new LastReport<long>();
        var result = Run(
            $"Importing into {store}",
            () => new OciImport(store.Core, new ImportOptions { ReplaceTags = Force, Tags = Tag }).Run(path, read, Cancellation),
            () => WorkStatus.OfBytes(System.IO.Path.GetFileName(path), read.Value, length));
        WriteVerbose($"Imported {Display.Count(result.Tags.Count, "tag", "tags")} of {path}: {Display.Count(result.AddedCount, "blob is", "blobs are")} new ({Display.Size(result.AddedSize)}), {Display.Count(result.KnownCount, "was", "were")} stored already.");
        foreach (var lost in result.LostTags) WriteWarning(Display.LostTagWarning(lost, path));
        foreach (var tag in result.Tags) WriteVerbose($"Tag {tag}.");
        if (result.Absent.Count > 0)
            WriteWarning($"{path} is a sparse copy: neither the archive nor {store} has {Display.Count(result.Absent.Count, "object", "objects")} that its manifests reference, such as other platforms or foreign layers. -Verbose lists them.");
        foreach (var absent in result.Absent) WriteVerbose($"Neither {path} nor {store} has {absent}.");
        if (PassThru) WriteObject(store);
    }

    // An uncompressed archive of a layout is read in place: an export of it to the store has the blobs that the import adds. The content of
    // other archives is not known before the import has read them.
    private (string Summary, IReadOnlyList<string> Objects) Preview(string path, string target)
    {
        try
        {
            var archive = OciStore.Open(path, null, Cancellation);
            var store = LayoutPath.Exists(target) ? OciStore.Open(target, null, Cancellation) : null;
            var export = new OciExport(archive, new ExportOptions { Exclude = store is null ? null : store.Exists });
            var plan = Run($"Reading {path}", () => export.Plan(Cancellation), () => new WorkStatus($"{archive.ManifestsRead} manifests read"));
            return (
                $": {Display.Count(Tag?.Length ?? archive.TagCount, "tag", "tags")}, {Display.Count(plan.Items.Count, "new object", "new objects")} ({Display.Size(plan.Size)})",
                [.. plan.Items.Select(i => $"Import {i.Digest} ({Display.Size(i.Size)})")]);
        }
        catch (OciException)
        {
            return ("", []); // the import reports the error of a damaged archive
        }
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch } => "Create or download the archive again.",
        OciException { Kind: OciErrorKind.IncompleteGraph } or OciException { Kind: OciErrorKind.NotFound, Related.Count: > 0 } =>
            "Import the archive into the store that it was made for, or create an archive with all content.",
        OciException when ErrorTable.IsNotALayout(error) => "Choose an empty directory, or create the layout first with New-OciStore -Force.",
        OciException { Kind: OciErrorKind.AmbiguousReference } => "Leave out -Tag: the tags of the archive are kept. Set-OciTag names the content after the import.",
        _ => base.Advise(error),
    };

    // Creates the store when it does not exist.
    private protected override OciStore OpenCore(string path) =>
        File.Exists(path) || File.Exists(System.IO.Path.Combine(path, "oci-layout")) ? base.OpenCore(path) : OciStore.Create(path, null, allowNonEmpty: false, Cancellation);
}
