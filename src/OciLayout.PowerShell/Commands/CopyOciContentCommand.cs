using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Copies content with everything below it to another store.</summary>
[Cmdlet(VerbsCommon.Copy, "OciContent", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class CopyOciContentCommand : OciReferenceCmdlet
{
    private readonly Dictionary<OciStoreInfo, OciCopy> _copies = [];
    private readonly Dictionary<OciStoreInfo, HashSet<string>> _tags = [];
    private readonly List<(OciStoreInfo Store, ItemArgument Item)> _pending = [];
    private BatchSet? _batches;
    private CopyDestination? _destination;

    /// <summary>
    /// The layout to copy to: an object of Get-OciStore, or a path. It is created when the path does not exist or is an empty directory.
    /// </summary>
    [Parameter(Position = 2)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? Destination { get; set; }

    /// <summary>The tags at the destination, for one root only. Without it, content keeps its tags.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>The platform whose image is copied from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Copies also the referrers of the content, such as signatures and SBOMs, and their referrers.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrer { get; set; }

    /// <summary>Copies also foreign (non-distributable) layers that are stored.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>
    /// Makes blobs hard links to the files of the source, where the file system supports it. They are not read. A write to one file changes
    /// both.
    /// </summary>
    [Parameter]
    public SwitchParameter HardLink { get; set; }

    /// <summary>Emits the copied roots, as the destination has them now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Destination is not { } destination)
        {
            Terminate(new OciArgumentException("MissingDestination", "No destination was given.", DestinationAdvice()), null);
            return;
        }

        base.BeginProcessing();
        _destination = TryOrTerminate(destination.Typed, () => CopyDestination.Resolve(destination, destination.FullPath(SessionState), Open));
        CheckTags(Tag);
    }

    private string DestinationAdvice()
    {
        const string Example = "./mirror";
        // A piped object has its own store, so the only argument may be the destination.
        if (MyInvocation.ExpectingInput) return $"Write -Destination '{Reference?[0].ToString() ?? Store?.Text ?? Example}'.";
        if (Store is null) return "Write the store, the content and the destination: Copy-OciContent ./layout v1 ./mirror.";
        if (Reference is null) return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} -Destination {Example}.";
        if (SplitTag(Store) is var (path, tag)) return $"Write Copy-OciContent {CommonAdvice.Quote(path)} {CommonAdvice.Quote(tag)} -Destination {CommonAdvice.Quote(Reference[0].ToString())}.";
        var content = CommonAdvice.Quote(Reference[0].ToString());
        if (!LayoutPath.Exists(Store.FullPath(SessionState)))
            return $"If '{Store}' is content of the current or default store, write -Reference '{Store}' and -Destination '{Reference[0]}'.";
        if (CommonAdvice.IsPath(Reference[0].ToString())) return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} -Destination {content}.";
        return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} {content} -Destination {Example}.";
    }

    private protected override void Process(OciStoreInfo store, ItemArgument item)
    {
        if (Tag is null)
        {
            Copy(store, item.ToString(), RootOf(store, item));
            return;
        }

        _pending.Add((store, item));
        if (_pending.Count > 1) RefuseTag();
    }

    // Copies all entries of the index, because referrers are listed without a tag. With a platform, copies only tagged entries.
    private protected override void ProcessStore(OciStoreInfo store)
    {
        var listings = store.Core.GetEntries().Where(l => Platform is null || l.Tag is not null).ToList();
        if (Tag is not null && listings.Count > 1) RefuseTag();
        foreach (var listing in listings)
        {
            if (listing.Problem is { } problem) WriteProblem(problem, listing.Tag ?? (object)store);
        }

        var roots = CopyRoot.FromEntries(listings, out var lost);
        if (Tag is null)
        {
            foreach (var tag in lost) WriteWarning(Display.LostTagWarning(tag, store.ToString()));
        }

        foreach (var root in roots)
        {
            var name = root.Tags.Count > 0 ? root.Tags[0] : root.Descriptor.Digest.ToString();
            Try(name, () => Copy(store, name, Tag is null ? root : CopyRoot.Renamed(root.Descriptor, Tag)));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (store, item) in _pending)
            Try(item.Typed, () => Copy(store, item.ToString(), CopyRoot.Renamed(item.Resolve(store, allowBarePrefix: false, Cancellation), Tag!)));
        _batches?.Commit();
    }

    private CopyRoot RootOf(OciStoreInfo store, ItemArgument item)
    {
        var descriptor = item.Resolve(store, allowBarePrefix: false, Cancellation);
        if (!_tags.TryGetValue(store, out var tags)) _tags.Add(store, tags = [.. store.Core.GetTags().Select(l => l.Tag!)]);
        var name = item.Tag ?? item.Reference ?? item.Text;
        return name is not null && (item.Tag is not null || tags.Contains(name)) && name != descriptor.Digest.ToString()
            ? new CopyRoot(descriptor, name)
            : CopyRoot.Renamed(descriptor);
    }

    private void Copy(OciStoreInfo store, string name, CopyRoot root)
    {
        var activity = $"Copying {name} from {store} to {_destination}";
        var plan = Plan(store, activity, root);
        if (!Confirm(store, name, plan))
        {
            CopyFor(store).Assume(plan);
            return;
        }

        if (_destination!.Store is null)
        {
            _destination.GetOrCreate(Cancellation);
            DisposeCopies(); // they were created without a destination
            plan = Plan(store, activity, root);
        }

        var copy = CopyFor(store);
        var bytes = new LastReport<long>();
        var result = Run(activity, () => copy.Run(plan, bytes, Cancellation), () => WorkStatus.OfBytes(name, bytes.Value, plan.Size));
        foreach (var missing in plan.Missing) WriteWarning($"Did not copy {missing.Digest}, which {name} references: it does not exist in {store}.");
        WriteVerbose($"Copied {Display.Count(result.CopiedCount, "object", "objects")} ({Display.Size(result.CopiedSize)}) for {name}.");
        if (!PassThru) return;
        foreach (var copied in result.Roots) WriteObject(new OciDescriptor(_destination.Store!, copied));
    }

    private CopyPlan Plan(OciStoreInfo store, string activity, CopyRoot root) => RunReading(store, activity, () => CopyFor(store).Plan([root], Cancellation));

    private bool Confirm(OciStoreInfo store, string name, CopyPlan plan)
    {
        var what = $"{Display.Count(plan.Count, "object", "objects")} ({Display.Size(plan.Size)})";
        return Confirm(
            $"Copy {name} from {store} to {_destination}: {what}",
            () => from item in plan.Items
                  where !item.IsStored
                  select $"Copy {item.Descriptor.Digest} ({Display.Size(item.Descriptor.Size)}, {Display.MediaType(item.Descriptor.MediaType)})");
    }

    private OciCopy CopyFor(OciStoreInfo store)
    {
        if (_copies.TryGetValue(store, out var copy)) return copy;
        var options = new CopyOptions { Platform = Platform, IncludeReferrers = IncludeReferrer, IncludeForeign = IncludeForeign, HardLink = HardLink };
        _batches ??= new BatchSet(this, Try, Cancellation);
        copy = new OciCopy(store.Core, _destination?.Store is { } destination ? _batches.For(destination).Store : null, options);
        _copies.Add(store, copy);
        return copy;
    }

    private void RefuseTag() => Terminate(
        new OciArgumentException("OneInputOnly", "-Tag needs one object to copy, but several were given.", "Copy one at a time, or leave out -Tag to keep the tags."), null);

    private void DisposeCopies()
    {
        foreach (var copy in _copies.Values) copy.Dispose();
        _copies.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _batches?.Dispose();
            DisposeCopies();
        }

        base.Dispose(disposing);
    }
}
