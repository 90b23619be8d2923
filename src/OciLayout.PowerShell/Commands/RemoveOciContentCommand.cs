using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
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
        var options = new DeletionOptions { Cascade = NoCascade ? false : null, Force = Force };
        var name = item.NameForDeleting ?? "";
        // Checked before planning, so that an error of the plan is not about content that a moved tag names now. Checked again afterwards,
        // because the tag may be moved in between.
        if (item.Tag is not null && item.Digest is not null) item.CheckNotMoved(store.Core.Resolve(name, false, Cancellation).Digest);
        var activity = $"Deleting {item} from {store}";
        var deletion = new OciDeletion(store.Core, options);
        var plan = RunReading(store, activity, () => deletion.Plan(name, Cancellation));
        item.CheckNotMoved(plan.Target.Digest);
        if (!Confirm(
            $"Delete {RemovalText.Summary(plan.Items, plan.Tags)} from {store}",
            () => plan.Items.Select(RemovalText.Line).Concat(plan.Tags.Select(tag => $"Delete tag '{tag}'"))))
        {
            return;
        }

        var deleted = new ConcurrentQueue<RemovedItem>();
        var isReported = false;
        try
        {
            Run(activity, () => deletion.Run(plan, new Observer<RemovedItem>(deleted.Enqueue), Cancellation), () => new WorkStatus($"{deleted.Count} of {plan.Items.Count} deleted", deleted.Count * 100 / Math.Max(1, plan.Items.Count)));
        }
        catch (OciException e) when (e.Kind == OciErrorKind.IncompleteChange)
        {
            Report(e, item.Typed);
            isReported = true;
        }

        foreach (var removed in deleted.Where(r => PassThru && !r.Digest.IsEmpty))
            WriteObject(new OciDescriptor(store, new Descriptor(removed.MediaType ?? MediaTypes.OctetStream, removed.Digest, removed.Size)));
        var remaining = plan.Items.Select(i => i.Digest).Except(deleted.Select(i => i.Digest)).ToList();
        if (remaining.Count == 0 || isReported) return;
        var names = string.Join(", ", remaining.Take(5)) + (remaining.Count > 5 ? $" and {remaining.Count - 5} more" : "");
        Report(new OciException(OciErrorKind.StoreBusy, $"Not all planned content was deleted: {names} is in use by another operation, or was tagged or referenced after the deletion was planned.", name), item.Typed);
    }

    // A registry deletes manifests by digest, with their tags. Its own garbage collection deletes blobs.
    private void RemoveFrom(OciRepositoryInfo repository, ItemArgument item)
    {
        var name = item.NameForDeleting ?? "";
        var activity = $"Removing {item} from {repository}";
        var target = Await(activity, () => repository.ResolveAsync(name, false, Cancellation));
        item.CheckNotMoved(target.Digest);
        if (!MediaTypes.IsManifest(target.MediaType))
            throw new OciException(OciErrorKind.UnsupportedOperation, $"{target.Digest} is a blob. A registry deletes blobs itself when no manifest needs them.", target.Digest.ToString());
        var all = NoCascade ? [] : ReferrersOf(repository, target, activity);
        all.Add(target);
        var names = TagNames(repository);
        var resolved = RepositoryTags(repository, names).ToList();
        if (!Force && resolved.Count < names.Count)
            throw new OciException(OciErrorKind.IncompleteGraph, $"{target.Digest} was not deleted: {Display.Count(names.Count - resolved.Count, "tag", "tags")} of {repository} cannot be resolved.", name);
        var tags = resolved.Where(t => all.Exists(d => d.Digest == t.Descriptor.Digest)).Select(t => t.Tag).ToList();
        if (!Force && tags.Exists(t => t != name))
        {
            throw new OciException(
                OciErrorKind.ContentReferenced, $"{target.Digest} was not deleted: it, or a referrer of it, also has {Display.Count(tags.Count(t => t != name), "tag", "tags")} that would be deleted: {string.Join(", ", tags.Where(t => t != name).Take(5))}.", name);
        }

        if (!Confirm(
            $"Delete {(tags.Count == 0 ? "" : $"{(tags.Count == 1 ? "tag" : "tags")} {string.Join(", ", tags.Select(t => $"'{t}'"))} and ")}{Display.Count(all.Count, "manifest", "manifests")} from {repository}",
            () => all.Select(d => $"Delete {d.Digest} ({Display.Size(d.Size)}, {(d == target ? "named" : "referrer of a deleted manifest")})").Concat(tags.Select(tag => $"Delete tag '{tag}'"))))
        {
            return;
        }

        foreach (var manifest in all)
        {
            Await(activity, () => DeleteAsync(repository.Core, manifest.Digest));
            if (PassThru) WriteObject(new OciDescriptor(repository, manifest));
        }
    }

    // Referrers of referrers come first, so that an interrupted deletion leaves none without its subject.
    private List<Descriptor> ReferrersOf(OciRepositoryInfo repository, Descriptor root, string activity)
    {
        var found = new List<Descriptor>();
        var seen = new HashSet<Digest> { root.Digest };
        var next = new Queue<Digest>([root.Digest]);
        while (next.Count > 0)
        {
            var subject = next.Dequeue();
            foreach (var referrer in Await(activity, () => repository.GetReferrersAsync(subject, Cancellation)).Where(r => seen.Add(r.Digest)))
            {
                // Anyone with write access can put other content into a list of referrers.
                if (!MediaTypes.IsManifest(referrer.MediaType) || Await(activity, () => repository.GetManifestAsync(referrer, Cancellation)).Subject?.Digest != subject) continue;
                found.Add(referrer);
                next.Enqueue(referrer.Digest);
            }
        }

        found.Reverse();
        return found;
    }

    private async ValueTask<bool> DeleteAsync(OciRepository repository, Digest digest)
    {
        await repository.DeleteAsync(digest, Cancellation).ConfigureAwait(false);
        return true;
    }
}
