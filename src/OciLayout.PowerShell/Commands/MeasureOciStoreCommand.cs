using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Measures the disk usage of tags or stores.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "OciStore")]
[OutputType(typeof(OciUsage))]
public sealed class MeasureOciStoreCommand : OciWholeStoreCmdlet
{
    private readonly List<OciStoreInfo> _measured = [];
    private readonly HashSet<Digest> _measuredDigests = [];
    private long _duplicates;

    /// <summary>The tags to measure. Wildcards are permitted, and case matters. Without it, all tags.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagPatternCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>Emits one object for each store, with the size that garbage collection would free.</summary>
    [Parameter]
    public SwitchParameter Total { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Total && Tag is not null)
            Terminate(new OciArgumentException("ConflictingParameters", "-Tag and -Total exclude each other: the total is for a whole store.", "Use one of them."), null);
        base.BeginProcessing();
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Name tags with -Tag, or leave it out to measure all.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciPlaceInfo place)
    {
        var store = Layout(place);
        if (Total) MeasureWhole(store);
        else MeasureTags(store);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Total && _measured.Count > 1) WriteVerbose($"The {_measured.Count} stores have {Display.Bytes(_duplicates)} of content that an earlier store also has.");
    }

    private void MeasureTags(OciStoreInfo store)
    {
        var patterns = Tag is null ? null : new TagPatterns(Tag);
        var usages = RunReading(store, $"Measuring {store}", () => store.Core.MeasureTags(t => patterns?.Matches(t) != false, Cancellation));
        foreach (var usage in usages) WriteObject(new OciUsage(store, usage));
        Report(usages.SelectMany(u => u.Problems));
        foreach (var name in patterns?.UnmatchedNames ?? []) WriteProblem(TagPatterns.NotFound(name, store), name);
    }

    private void MeasureWhole(OciStoreInfo store)
    {
        var usage = RunReading(store, $"Measuring {store}", () => store.Core.Measure(Cancellation));
        var total = PSObject.AsPSObject(new OciUsage(store, usage, Duplicates(store, usage)));
        total.TypeNames.Insert(0, typeof(OciUsage).FullName + "#Total"); // the name selects the view of totals
        WriteObject(total);
        Report(usage.Problems);
        // An unreadable manifest was already reported as an error.
        if (usage.Refusal is { } refusal && usage.Problems.Count == 0) WriteWarning($"Invoke-OciGC frees the orphans of {store} only with -Force. {refusal.Message}");
    }

    // A store that was measured before has no duplicates of itself.
    private long Duplicates(OciStoreInfo store, StoreUsage usage)
    {
        if (_measured.Any(store.IsSame)) return 0;
        _measured.Add(store);
        var size = usage.Blobs.Where(b => !_measuredDigests.Add(b.Key)).Sum(b => b.Value);
        _duplicates += size;
        return size;
    }

    // Reports each problem once. A manifest that cannot be read is counted without its successors.
    private void Report(IEnumerable<OciException> problems)
    {
        var reported = new HashSet<string?>(StringComparer.Ordinal);
        foreach (var problem in problems.Where(p => reported.Add(p.Subject))) WriteProblem(problem, problem.Subject);
    }
}
