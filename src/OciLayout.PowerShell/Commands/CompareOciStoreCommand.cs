using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Compares stores with a reference store, or with a list of the content of another place.</summary>
[Cmdlet(VerbsData.Compare, "OciStore", DefaultParameterSetName = StoreSet)]
[OutputType(typeof(OciDifference), typeof(OciDifferenceTotal))]
public sealed class CompareOciStoreCommand : OciCmdlet
{
    private const string StoreSet = "Store";
    private const string FileSet = "File";

    private OciStoreInfo? _reference;
    private ContentList? _list;

    /// <summary>The store to compare with: an object of Get-OciStore, or a path.</summary>
    [Parameter(ParameterSetName = StoreSet, Position = 0)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? ReferenceStore { get; set; }

    /// <summary>A file that lists the content of a place that cannot be reached.</summary>
    [Parameter(ParameterSetName = FileSet, Mandatory = true)]
    [PathTransformation]
    public string? ReferenceFile { get; set; }

    /// <summary>The store to compare: an object of Get-OciStore, or a path.</summary>
    [Parameter(ParameterSetName = StoreSet, Position = 1, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = FileSet, Position = 0, ValueFromPipeline = true)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? DifferenceStore { get; set; }

    /// <summary>Emits also the tags and content that both have.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>Emits two objects for each store, with the transfer size in each direction.</summary>
    [Parameter]
    public SwitchParameter Total { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (ReferenceFile is not null) _list = TryOrTerminate(ReferenceFile, () => ContentListFile.Read(PathResolver.Literal(SessionState, ReferenceFile)));
        else if (ReferenceStore is not null) _reference = TryOrTerminate(ReferenceStore.Typed, () => Open(ReferenceStore));
        else Terminate(Missing("No store to compare with was given.", nameof(ReferenceStore)), null);
        if (DifferenceStore is null && !MyInvocation.ExpectingInput) Terminate(Missing("No store to compare was given.", nameof(DifferenceStore)), null);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(DifferenceStore?.Typed, () =>
    {
        var store = Open(DifferenceStore ?? throw Missing("null was piped.", nameof(DifferenceStore)));
        var (before, other) = (store.Core.ManifestsRead, _reference?.Core.ManifestsRead);
        var comparison = Run(
            $"Comparing {store}",
            () => _list is null ? store.Core.CompareWith(_reference!.Core, IncludeEqual, Cancellation) : store.Core.CompareWith(_list, IncludeEqual, Cancellation),
            () => new WorkStatus($"{store.Core.ManifestsRead - before + (_reference?.Core.ManifestsRead ?? 0) - (other ?? 0)} manifests read"));
        Emit(store, comparison);
        foreach (var problem in comparison.Problems) WriteProblem(problem, problem.Subject);
    });

    private void Emit(OciStoreInfo store, StoreComparison comparison)
    {
        if (Total)
        {
            WriteObject(new OciDifferenceTotal(_reference, store, comparison.Reference));
            WriteObject(new OciDifferenceTotal(store, _reference, comparison.Difference));
            return;
        }

        foreach (var difference in comparison.Differences)
        {
            var (has, other) = difference.Side == DifferenceSide.Reference ? (_reference, store) : (store, _reference);
            WriteObject(new OciDifference(has, other, difference));
        }
    }

    private OciStoreInfo Open(StoreArgument argument) =>
        argument.OpenLayout(this, SessionState, Cancellation);

    private static OciArgumentException Missing(string message, string parameter) =>
        new("MissingStore", message, $"Write -{parameter} with a path or the output of Get-OciStore: Compare-OciStore ./here ./there.");
}
