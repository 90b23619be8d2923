using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Deletes content, its referrers, and the content that is dangling afterwards.</summary>
[Cmdlet(VerbsCommon.Remove, "OciContent", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class RemoveOciContentCommand : OciReferenceCmdlet
{
    /// <summary>Deletes only the named content.</summary>
    [Parameter]
    public SwitchParameter NoCascade { get; set; }

    /// <summary>
    /// Deletes content although a remaining manifest references it, or although tags that were not named are removed with it.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the deleted content.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.IncompleteGraph } => $"{base.Advise(error)} To delete only the manifest, use -NoCascade.",
        OciException { Kind: OciErrorKind.ContentReferenced } when Reference is [{ } item] && !item.TryGetDigest(out _) && StoreText is { } store =>
            $"To remove only the tag, use Remove-OciTag {CommonAdvice.Quote(store)} {CommonAdvice.Quote(item.ToString())}. -Force deletes the content in spite of its other tags and references, and -WhatIf -Force lists what it would delete.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciPlaceInfo place, ItemArgument item)
    {
        if (place is OciRepositoryInfo repository)
        {
            RemoveFrom(repository, item);
            return;
        }

        var store = Layout(place);
        var name = item.NameForDeleting ?? "";
        // Checked before planning, so that an error of the plan is not about content that a moved tag names now. Checked again afterwards,
        // because the tag may be moved in between.
        if (item.Tag is not null && item.Digest is not null) item.CheckNotMoved(store.Core.Resolve(name, false, Cancellation).Digest);
        if (!item.TryGetDigest(out _)) Resolve(store, item, allowBarePrefix: false); // messages then name the tag
        var deletion = new OciDeletion(store.Core, Options);
        var plan = RunReading(store, $"Deleting {item} from {store}", () => deletion.Plan(name, Cancellation));
        Remove(store, item, plan, report => deletion.Run(plan, report, Cancellation));
    }

    private DeletionOptions Options => new() { Cascade = NoCascade ? false : null, Force = Force };

    // A registry deletes manifests by digest, with their tags. Its own garbage collection deletes blobs.
    private void RemoveFrom(OciRepositoryInfo repository, ItemArgument item)
    {
        var core = repository.Core;
        var plan = Await($"Deleting {item} from {repository}", () => new ValueTask<DeletionPlan>(core.PlanDeletionAsync(item.NameForDeleting ?? "", Options, Cancellation)));
        Remove(repository, item, plan, report => core.DeleteAsync(plan, report, Cancellation).GetAwaiter().GetResult());
    }

    private void Remove(OciPlaceInfo place, ItemArgument item, DeletionPlan plan, Action<IProgress<RemovedItem>> run)
    {
        item.CheckNotMoved(plan.Target.Digest);
        if (!Confirm(
            $"Delete {RemovalText.Summary(plan.Items, plan.Tags)} from {place}",
            () => plan.Items.Select(RemovalText.Line).Concat(plan.Tags.Select(tag => $"Delete tag '{tag}'"))))
        {
            return;
        }

        var deleted = new ConcurrentQueue<RemovedItem>();
        var isReported = false;
        try
        {
            Run($"Deleting {item} from {place}", () => run(new Observer<RemovedItem>(deleted.Enqueue)), () => WithWait(new WorkStatus($"{deleted.Count} of {plan.Items.Count} deleted", deleted.Count * 100 / Math.Max(1, plan.Items.Count))));
        }
        catch (OciException e) when (e.Kind == OciErrorKind.IncompleteChange)
        {
            Report(e, item.Typed);
            isReported = true;
        }
        finally
        {
            foreach (var removed in deleted.Where(r => PassThru && !r.Digest.IsEmpty))
                WriteObject(new OciDescriptor(place, new Descriptor(removed.MediaType ?? MediaTypes.OctetStream, removed.Digest, removed.Size)));
        }

        var remaining = plan.Items.Select(i => i.Digest).Except(deleted.Select(i => i.Digest)).ToList();
        if (remaining.Count == 0 || isReported) return;
        var names = string.Join(", ", remaining.Take(5)) + (remaining.Count > 5 ? $" and {remaining.Count - 5} more" : "");
        Report(new OciException(OciErrorKind.StoreBusy, $"Not all planned content was deleted: {names} is in use by another operation, or was tagged or referenced after the deletion was planned.", item.NameForDeleting ?? ""), item.Typed);
    }
}
