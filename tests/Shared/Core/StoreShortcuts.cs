using System;
using System.Collections.Generic;
using System.Threading;

namespace OciLayout;

/// <summary>Plans and runs work on a store in one call each, as most tests need it.</summary>
internal static class StoreShortcuts
{
    public static DeletionPlan PlanDeletion(this OciStore store, string reference, DeletionOptions? options = null, CancellationToken cancellationToken = default) =>
        new OciDeletion(store, options).Plan(reference, cancellationToken);

    public static IReadOnlyList<RemovedItem> Delete(this OciStore store, DeletionPlan plan, Action<RemovedItem>? removed = null, CancellationToken cancellationToken = default) =>
        new OciDeletion(store).Run(plan, Of(removed), cancellationToken);

    public static GarbagePlan PlanGarbage(this OciStore store, GarbageOptions? options = null, CancellationToken cancellationToken = default) =>
        new OciGarbageCollector(store, options).Plan(cancellationToken);

    public static GarbageResult Collect(this OciStore store, GarbageOptions? options = null, Action<RemovedItem>? removed = null, CancellationToken cancellationToken = default) =>
        new OciGarbageCollector(store, options).Run(Of(removed), cancellationToken);

    public static ExportPlan PlanExport(this OciStore store, ExportOptions? options = null, CancellationToken cancellationToken = default) =>
        new OciExport(store, options).Plan(cancellationToken);

    public static void Export(this OciStore store, ExportPlan plan, string path, bool replace = false, Action<long>? progress = null, CancellationToken cancellationToken = default) =>
        new OciExport(store).Run(plan, path, replace, Of(progress), cancellationToken);

    public static ImportResult Import(this OciStore store, string path, ImportOptions? options = null, Action<long>? progress = null, CancellationToken cancellationToken = default) =>
        new OciImport(store, options).Run(path, Of(progress), cancellationToken);

    private static Observer<T>? Of<T>(Action<T>? action) => action is null ? null : new Observer<T>(action);
}
