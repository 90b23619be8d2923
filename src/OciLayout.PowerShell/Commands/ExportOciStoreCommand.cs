using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Writes a store, or some of it, into one tar archive.
/// </summary>
[Cmdlet(VerbsData.Export, "OciStore", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportOciStoreCommand : OciWholeStoreCmdlet
{
    private static readonly string[] OtherFormats =
        [".zip", ".7z", ".rar", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".zst", ".tzst", ".lz", ".lz4", ".lzma", ".lzo", ".br", ".z", ".cab", ".cpio", ".iso"];

    private bool _written;

    /// <summary>The archive to write, whole or not at all; one that ends with .gz or .tgz is compressed. Directories are not created.</summary>
    [Parameter(Position = 1)]
    [PathTransformation]
    public string? Destination { get; set; }

    /// <summary>What to take, with all below it: tags, digests, or objects that have one. Without it the whole store.</summary>
    [Parameter]
    [ItemTransformation(Many = true)]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Reference { get; set; }

    /// <summary>What the other side has already: a store, or a text file with a digest a line.</summary>
    [Parameter]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? Exclude { get; set; }

    /// <summary>Adds what docker load needs.</summary>
    [Parameter]
    public SwitchParameter DockerCompatible { get; set; }

    /// <summary>Replaces the file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? SecondParameter => nameof(Destination);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (string.IsNullOrEmpty(Destination))
            Terminate(new OciArgumentException("MissingDestination", "No file is given for the archive.", "Write Export-OciStore ./layout ./layout.tar."), null);
        if (OtherFormats.FirstOrDefault(e => Destination!.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } extension)
        {
            Terminate(
                new OciArgumentException("UnsupportedFormat", $"Cannot write '{Destination}': {extension} is the extension of a format that Export-OciStore does not write.", "Use .tar, .tar.gz or .tgz."),
                Destination);
        }

        if (DockerCompatible && Exclude is not null)
            Terminate(new OciArgumentException("ConflictingParameters", "-DockerCompatible and -Exclude exclude each other: docker load needs every layer.", "Use one of them."), null);
        base.BeginProcessing();
    }

    private protected override void Process(OciStore store)
    {
        if (_written)
            throw new OciArgumentException("OneInputOnly", "One archive holds one store, and there are several.", "Export one at a time: ForEach-Object gives each a name of its own.");
        var path = PathResolver.Literal(SessionState, Destination!);
        OutputFile.CheckTarget(path, Force);
        var options = Options(store);
        var plan = RunReading(store, $"Exporting {store}", () => store.Core.PlanExport(options, Cancellation));
        if (!ShouldProcess(path, $"Write {Display.Count(plan.Items.Count, "blob", "blobs")} ({Display.Size(plan.Size)}) of {store}")) return;
        foreach (var absent in plan.Absent) WriteVerbose($"{absent} is named and not stored here, so it is not exported.");
        if (plan.ExcludedCount > 0) WriteVerbose($"{Display.Count(plan.ExcludedCount, "blob is", "blobs are")} left out.");
        foreach (var name in plan.DockerNames) WriteVerbose($"docker load will call it {name}.");
        foreach (var tag in plan.OmittedNames)
            WriteWarning($"docker load gives no name to the image of the tag '{tag}': Docker does not accept the name, or another image in the archive has it.");
        _written = true;
        var written = 0L;
        Run(
            $"Exporting {store}",
            () =>
            {
                store.Core.Export(plan, path, Force, count => Volatile.Write(ref written, count), Cancellation);
                return true;
            },
            () => WorkStatus.OfBytes(Path.GetFileName(path), Volatile.Read(ref written), plan.Size));
        WriteFile(path);
    }

    private ExportOptions Options(OciStore store)
    {
        var (exclude, below) = Exclude is null ? (null, []) : new Exclusion(SessionState, Cancellation).Read(Exclude);
        return new ExportOptions
        {
            References = Reference?.Select(r => NameOf(store, r)).ToList(),
            Exclude = exclude,
            ExcludeBelow = below,
            DockerCompatible = DockerCompatible,
        };
    }

    private string NameOf(OciStore store, ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.Store is { } own && Open(own) is var other && !other.IsSameLayout(store))
            throw new OciArgumentException("StoreMismatch", $"'{item}' belongs to the store {other}, not to {store}.", "Use content of one store.");
        var name = item.NameForRemoving ?? "";
        item.CheckNotMoved(store.Core.Resolve(name, true, Cancellation).Digest);
        return name;
    }
}
