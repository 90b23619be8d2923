using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using OciLayout.Referrers;

namespace OciLayout.PowerShell;

/// <summary>Copies content with everything below it to another store or to a registry.</summary>
[Cmdlet(VerbsCommon.Copy, "OciContent", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class CopyOciContentCommand : OciReferenceCmdlet
{
    private readonly Dictionary<OciPlaceInfo, OciCopy> _copies = [];
    private readonly Dictionary<OciPlaceInfo, HashSet<string>> _tags = [];
    private readonly List<(OciPlaceInfo Store, ItemArgument Item)> _pending = [];
    private readonly HashSet<OciPlaceInfo> _whole = [];
    private readonly Dictionary<string, (OciPlaceInfo Store, Digest Digest)> _written = new(StringComparer.Ordinal);
    private BatchSet? _batches;
    private readonly Dictionary<Digest, string> _planned = []; // the name of the root that a preview counted the content for
    private int _counted; // requests of earlier copies
    private (int Tags, int Others, int Complete, int Objects, long Size) _copied;
    private CopyDestination? _destination;

    /// <summary>
    /// The layout to copy to: an object of Get-OciStore, or a path. It is created when the path does not exist or is an empty directory. Or a
    /// repository of a registry: oci://host/repository.
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

    /// <summary>
    /// Copies also the referrers of the content, such as signatures and SBOMs, and their referrers. Manifests that cosign attached by tags are
    /// copied with these tags.
    /// </summary>
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

    /// <summary>
    /// Examines the content below manifests that a registry has, too. It helps after a registry lost content.
    /// </summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>
    /// Makes the tags in a layout whole names, such as docker.io/library/nginx:1.27. In a registry, the tag is the part of such a name after
    /// the last colon.
    /// </summary>
    [Parameter]
    public SwitchParameter FullName { get; set; }

    /// <summary>Emits the copied roots, as the destination has them now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Destination is not { } destination)
        {
            if (Store is not null) TryOrTerminate(Store.Typed, () => Store.FullPath(SessionState)); // it may not be a valid reference
            Terminate(new OciArgumentException("MissingDestination", "No destination was given.", DestinationAdvice()), null);
            return;
        }

        base.BeginProcessing();
        _destination = TryOrTerminate(destination.Typed, () => CopyDestination.Resolve(destination, destination.FullPath(SessionState), Open));
        UseTagOf(destination);
        CheckTags(Tag);
        if (_destination.Store is OciRepositoryInfo repository) TryOrTerminate(Tag, () => Array.ForEach(Tag ?? [], tag => RegistryRefusal.CheckTag(repository, tag, force: null)));
        if (HardLink && (destination.Registry ?? Store?.Registry) is { } registry)
            Terminate(new OciArgumentException("ConflictingParameters", $"-HardLink needs two layouts, and {registry} is in a registry.", "Leave out -HardLink."), null);
    }

    // The tag in a reference to a registry is that of -Tag.
    private void UseTagOf(StoreArgument destination)
    {
        if (destination.Content is not { } content) return;
        if (content.Digest is not null)
            Terminate(new OciArgumentException("InvalidDestination", $"'{destination}' has a digest, and content keeps its own digest.", $"Write -Destination {_destination}."), destination.Typed);
        if (Tag is not null && (Tag.Length != 1 || Tag[0] != content.Tag))
            Terminate(new OciArgumentException("TwoReferences", $"'{destination}' has a tag, and -Tag names others.", "Leave out one of them."), destination.Typed);
        Tag = [content.Tag!];
    }

    private string DestinationAdvice()
    {
        const string Example = "./mirror";
        // A piped object has its own store, so the only argument may be the destination.
        if (MyInvocation.ExpectingInput) return $"Write -Destination '{Reference?[0].ToString() ?? Store?.Text ?? Example}'.";
        if (Store is null) return "Write the store, the content and the destination: Copy-OciContent ./layout v1 ./mirror.";
        if (Reference is null) return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} -Destination {Example}.";
        if (Store.Registry is not null) return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} -Destination {CommonAdvice.Quote(Reference[0].ToString())}.";
        if (SplitTag(Store) is var (path, tag)) return $"Write Copy-OciContent {CommonAdvice.Quote(path)} {CommonAdvice.Quote(tag)} -Destination {CommonAdvice.Quote(Reference[0].ToString())}.";
        var content = CommonAdvice.Quote(Reference[0].ToString());
        if (!LayoutPath.Exists(Store.FullPath(SessionState)))
            return $"If '{Store}' is content of the current or default store, write -Reference '{Store}' and -Destination '{Reference[0]}'.";
        if (CommonAdvice.IsPath(Reference[0].ToString())) return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} -Destination {content}.";
        return $"Write Copy-OciContent {CommonAdvice.Quote(Store.Text)} {content} -Destination {Example}.";
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
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
    private protected override void ProcessStore(OciPlaceInfo place)
    {
        // A registry has referrers that no tag names.
        if (place is OciRepositoryInfo || _destination!.Store is OciRepositoryInfo) _whole.Add(place);
        if (place is OciRepositoryInfo repository)
        {
            ProcessRepository(repository);
            return;
        }

        var store = Layout(place);
        var listings = store.Core.GetEntries().Where(l => Platform is null || (l.Tag is not null && !IsAttached(l.Tag, l.Descriptor))).ToList();
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
            Try(name, () => Copy(store, name, Tag is not null ? CopyRoot.Renamed(root.Descriptor, Tag) : root.Tags.Count == 0 ? root : WithTag(store, root.Descriptor, root.Tags[0])));
        }
    }

    private void ProcessRepository(OciRepositoryInfo repository)
    {
        var names = TagNames(repository);
        if (Tag is not null && names.Count(n => !FallbackTag.Is(n) && !DigestTag.Is(n)) > 1) RefuseTag();
        foreach (var (tag, descriptor) in RepositoryTags(repository, names))
        {
            var isAttached = IsAttached(tag, descriptor);
            if (isAttached && Platform is not null) continue;
            Try(tag, () => Copy(repository, tag, Tag is null || isAttached ? WithTag(repository, descriptor, tag) : CopyRoot.Renamed(descriptor, Tag)));
        }
    }

    // Lists of referrers and signatures of cosign keep their tags. For a platform, they are copied with the image that they are attached to.
    private static bool IsAttached(string tag, Descriptor? descriptor) => (FallbackTag.Is(tag) && descriptor?.MediaType == MediaTypes.ImageIndex) || DigestTag.Is(tag);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (store, item) in _pending)
            Try(item.Typed, () => Copy(store, item.ToString(), CopyRoot.Renamed(Resolve(store, item, allowBarePrefix: false), Tag!)));
        _batches?.Commit();
        WriteSummary();
        if (RequestCount > 0) WriteVerbose($"Sent {Display.Count(RequestCount, "request", "requests")} to registries.");
    }

    private CopyRoot RootOf(OciPlaceInfo store, ItemArgument item)
    {
        var descriptor = Resolve(store, item, allowBarePrefix: false);
        var name = item.Tag ?? item.Reference ?? item.Text;
        if (name is not null && (item.Tag is not null || IsTag(store, name)) && name != descriptor.Digest.ToString()) return WithTag(store, descriptor, name);
        if (_destination!.Store is OciRepositoryInfo) WriteWarning($"{descriptor.Digest} gets no tag in {_destination}, so the registry may collect it. -Tag gives it one.");
        return CopyRoot.Renamed(descriptor);
    }

    private bool IsTag(OciPlaceInfo place, string name)
    {
        if (place is not OciStoreInfo store) return !Digest.TryParse(name, out _);
        if (!_tags.TryGetValue(store, out var tags)) _tags.Add(store, tags = [.. store.Core.GetTags().Select(l => l.Tag!)]);
        return tags.Contains(name);
    }

    // Returns the root with the tag that it gets at the destination.
    private CopyRoot WithTag(OciPlaceInfo store, Descriptor descriptor, string tag)
    {
        var isInto = _destination!.Store is OciRepositoryInfo;
        if (isInto && tag.LastIndexOf(':') is >= 0 and var colon)
        {
            var last = tag.Substring(colon + 1);
            if (!FullName)
            {
                throw new OciArgumentException(
                    "InvalidDestination", $"'{tag}' cannot be a tag in {_destination}.", $"Use -FullName to give it the tag '{last}', or -Tag to give it another one.");
            }

            return CopyRoot.Renamed(descriptor, last);
        }

        // A list of referrers is merged with the list of the layout.
        return isInto || FallbackTag.Is(tag) ? new CopyRoot(descriptor, tag) : new CopyRoot(descriptor, PrefixFor(store) + tag);
    }

    // The text before tags of a repository in a layout.
    private string PrefixFor(OciPlaceInfo store) =>
        FullName && store is OciRepositoryInfo repository && _destination!.Store is not OciRepositoryInfo ? $"{repository.Registry}/{repository.Repository}:" : "";

    // Two repositories may have the same tag. The first one keeps it.
    private void CheckWritten(OciPlaceInfo store, CopyRoot root)
    {
        foreach (var tag in root.Tags)
        {
            if (!_written.TryGetValue(tag, out var earlier))
            {
                _written.Add(tag, (store, root.Descriptor.Digest));
            }
            else if (!earlier.Store.IsSame(store) && earlier.Digest != root.Descriptor.Digest && (store is OciRepositoryInfo || earlier.Store is OciRepositoryInfo))
            {
                throw new OciArgumentException(
                    "OneInputOnly", $"The tag '{tag}' of {store} was not copied: {_destination} already has this tag from {earlier.Store}.", "Use -FullName to keep the names of the repositories, or copy it with another -Tag.");
            }
        }
    }

    private void Copy(OciPlaceInfo store, string name, CopyRoot root)
    {
        CheckWritten(store, root);
        var activity = $"Copying {name} from {store} to {_destination}";
        var plan = Plan(store, activity, root);
        foreach (var attached in plan.Roots.Where(r => r.IsAttached)) CheckWritten(store, attached);
        // A referrer without a tag is a part of the preview of its subject.
        var counted = Previews && plan.Count == 0 && _planned.TryGetValue(root.Descriptor.Digest, out var earlier) ? earlier : null;
        if (counted is not null && root.Tags.Count == 0) return;
        foreach (var item in plan.Items.Where(i => !_planned.ContainsKey(i.Descriptor.Digest))) _planned.Add(item.Descriptor.Digest, name);
        if (!Confirm(store, name, plan, counted))
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
        var result = Run(activity, () => copy.Run(plan, bytes, Cancellation), Status);
        _counted = RequestCount;
        foreach (var missing in plan.Missing) WriteWarning($"Did not copy {missing.Digest}, which {name} references: it does not exist in {store}.");
        WriteVerbose($"Copied {Display.Count(result.CopiedCount, "object", "objects")} ({Display.Size(result.CopiedSize)}) for {name}.");
        Count(root, result);
        if (!PassThru) return;
        foreach (var copied in result.Roots) WriteObject(new OciDescriptor(_destination.Store!, copied));

        WorkStatus Status()
        {
            var number = Math.Min((copy.Progress?.Objects ?? 0) + 1, plan.Count);
            return WithWait(WorkStatus.OfBytes($"{name}, object {number} of {plan.Count}", bytes.Value, plan.Size));
        }
    }

    private void Count(CopyRoot root, CopyResult result) => _copied = (
        _copied.Tags + root.Tags.Count,
        _copied.Others + (root.Tags.Count == 0 ? 1 : 0),
        _copied.Complete + (result.CopiedCount == 0 ? 1 : 0),
        _copied.Objects + result.CopiedCount,
        _copied.Size + result.CopiedSize);

    private void WriteSummary()
    {
        if (_copied.Tags + _copied.Others == 0) return;
        var others = _copied.Others == 0 ? "" : $" and {Display.Count(_copied.Others, "object", "objects")} without a tag";
        var complete = _copied.Complete == 0 ? "" : $" The content of {_copied.Complete} of them was there already.";
        WriteVerbose($"Copied {Display.Count(_copied.Tags, "tag", "tags")}{others} to {_destination}: {Display.Count(_copied.Objects, "object", "objects")} ({Display.Size(_copied.Size)}).{complete}");
    }

    private CopyPlan Plan(OciPlaceInfo store, string activity, CopyRoot root) => RunReading(store, activity, () => CopyFor(store).Plan([root], Cancellation));

    private bool Confirm(OciPlaceInfo store, string name, CopyPlan plan, string? counted)
    {
        var copy = CopyFor(store);
        var requests = RequestCount - _counted;
        _counted = RequestCount;
        return Confirm($"Copy {name} from {store} to {_destination}: {CopyText.Total(copy, plan, requests, counted)}", () => CopyText.Items(copy, plan));
    }

    private OciCopy CopyFor(OciPlaceInfo store)
    {
        if (_copies.TryGetValue(store, out var copy)) return copy;
        var isWhole = _whole.Contains(store);
        var options = new CopyOptions
        {
            Platform = Platform,
            IncludeReferrers = IncludeReferrer || isWhole,
            IncludeDigestTags = isWhole && Platform is null ? false : null, // all tags are copied
            DigestTagPrefix = PrefixFor(store),
            IsFull = Full,
            IncludeForeign = IncludeForeign,
            HardLink = HardLink,
        };
        _batches ??= new BatchSet(this, Try, Cancellation);
        var destination = _destination?.Store is OciStoreInfo layout ? _batches.For(layout).Store : _destination?.Store?.Place;
        copy = new OciCopy(store.Place, destination, options);
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
