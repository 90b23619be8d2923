using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Collects garbage: deletes content that is not reachable from a tag.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "OciGC", SupportsShouldProcess = true)]
[OutputType(typeof(OciGCResult), typeof(OciRemovedItem))]
public sealed class InvokeOciGCCommand : OciWholeStoreCmdlet
{
    /// <summary>Keeps content that is younger, such as 1h for an hour or 7d for a week.</summary>
    [Parameter]
    [SpanTransformation]
    [ArgumentCompleter(typeof(AgeCompleter))]
    public TimeSpan MinimumAge { get; set; }

    /// <summary>Keeps content that the index lists without a tag.</summary>
    [Parameter]
    public SwitchParameter KeepUntagged { get; set; }

    /// <summary>Collects also a store that has no tags, or whose manifests cannot all be read.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits each deleted object instead of a summary.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Emits each object that would be deleted, and deletes nothing.</summary>
    [Parameter]
    public SwitchParameter PlanOnly { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MinimumAge < TimeSpan.Zero)
            Terminate(new OciArgumentException("InvalidAge", $"The age {MinimumAge} is negative.", "Write a positive time span, such as 1h or 7d."), MinimumAge);
        base.BeginProcessing();
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.IncompleteGraph, Subject: "index.json" } =>
            "Tag the manifests to keep, or use -KeepUntagged. With -Force, all content that is not reachable from a tag is deleted.",
        OciException { Kind: OciErrorKind.IncompleteGraph, Subject: "blobs" } =>
            $"Repair-OciStore {CommonAdvice.Quote(StoreText ?? "./layout")} lists the manifests again; -Source ./mirror also restores their tags. Then tag the manifests to keep.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciPlaceInfo place)
    {
        var store = Layout(place);
        var options = new GarbageOptions { MinimumAge = MinimumAge, KeepUntagged = KeepUntagged, Force = Force };
        var activity = $"Collecting garbage in {store}";
        var collection = new OciGarbageCollector(store.Core, options);
        GarbagePlan Plan() => RunReading(store, activity, () => collection.Plan(Cancellation));
        if (PlanOnly)
        {
            Emit(store, Plan().Items);
            return;
        }

        // A collection makes its own plan. -WhatIf and -Confirm need one before, to show the objects.
        var plan = Previews ? Plan() : null;
        var what = plan is null ? "content that is not reachable from a tag" : RemovalText.Summary(plan.Items, plan.Entries);
        if (!Confirm($"Delete {what} from {store}", () => Details(plan ?? Plan()))) return;
        var removed = new List<RemovedItem>();
        var (removedCount, read) = (0, store.Core.ManifestsRead);
        var result = Run(
            activity,
            () => collection.Run(new Observer<RemovedItem>(item =>
            {
                Interlocked.Increment(ref removedCount);
                if (PassThru) removed.Add(item);
            }), Cancellation),
            () => new WorkStatus(Volatile.Read(ref removedCount) is > 0 and var count
                ? $"{Display.Count(count, "file", "files")} deleted"
                : $"{store.Core.ManifestsRead - read} manifests read"));
        WriteVerbose($"Deleted {Display.Count(result.RemovedCount, "file", "files")} ({Display.Size(result.RemovedSize)}) from {store}.");
        if (PassThru) Emit(store, removed);
        else WriteObject(new OciGCResult(store, result));
    }

    private static IEnumerable<string> Details(GarbagePlan plan) =>
        plan.Entries.Select(entry => $"Delete the entry of {entry.Digest} from the index").Concat(plan.Items.Select(RemovalText.Line));

    private void Emit(OciStoreInfo store, IReadOnlyList<RemovedItem> items)
    {
        foreach (var item in items) WriteObject(new OciRemovedItem(store, item));
    }
}
