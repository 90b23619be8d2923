using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Compares stores or repositories with a reference, or with a list of the content of another place.</summary>
[Cmdlet(VerbsData.Compare, "OciStore", DefaultParameterSetName = StoreSet)]
[OutputType(typeof(OciDifference), typeof(OciDifferenceTotal))]
public sealed class CompareOciStoreCommand : OciCmdlet
{
    private const string StoreSet = "Store";
    private const string FileSet = "File";

    private OciPlaceInfo? _reference;
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
        var (before, other) = (ReadIn(store), ReadIn(_reference));
        var comparison = Run(
            $"Comparing {store}",
            () => _list is null
                ? OciComparison.CompareAsync(_reference!.Place, store.Place, IncludeEqual, Cancellation).GetAwaiter().GetResult()
                : OciComparison.CompareAsync(_list, store.Place, IncludeEqual, Cancellation).GetAwaiter().GetResult(),
            () => store is OciRepositoryInfo || _reference is OciRepositoryInfo
                ? new WorkStatus(RequestStatus)
                : new WorkStatus($"{ReadIn(store) - before + ReadIn(_reference) - other} manifests read"));
        Emit(store, comparison);
        foreach (var problem in comparison.Problems) WriteProblem(problem, problem.Subject);
    });

    private static long ReadIn(OciPlaceInfo? place) => place is OciStoreInfo store ? store.Core.ManifestsRead : 0;

    private void Emit(OciPlaceInfo store, StoreComparison comparison)
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

    private OciPlaceInfo Open(StoreArgument argument)
    {
        var path = argument.FullPath(SessionState);
        if (argument.Content is not null)
            throw new OciArgumentException("TwoReferences", $"'{argument}' names content, and whole repositories are compared.", $"Write {path}.");
        return argument.Store ?? (argument.Registry is { } repository ? new OciRepositoryInfo(repository) : new OciStoreInfo(OciStore.Open(path, null, Cancellation)));
    }

    private static OciArgumentException Missing(string message, string parameter) =>
        new("MissingStore", message, $"Write -{parameter} with a path or the output of Get-OciStore, such as Compare-OciStore ./layout ./mirror.");
}
