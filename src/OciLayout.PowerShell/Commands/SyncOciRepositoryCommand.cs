using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Copies the tags of many repositories to one layout or below a host.</summary>
[Cmdlet(VerbsData.Sync, "OciRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(OciSyncResult))]
public sealed class SyncOciRepositoryCommand : OciCmdlet
{
    private readonly List<SyncSource> _sources = [];
    private bool _isGiven;
    private bool _isIncomplete;
    private SyncDestination? _destination;
    private OciSync? _sync;

    /// <summary>
    /// The repositories: oci://host/repository, or a pattern such as oci://host/team/* where the registry lists its repositories. Or layouts
    /// whose tags are whole names.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SyncSourceTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public SyncSourceArgument[]? Source { get; set; }

    /// <summary>
    /// The host that receives the repositories: oci://host or oci://host/prefix. Or a layout, whose tags are whole names. It is created when
    /// the path does not exist or is an empty directory.
    /// </summary>
    [Parameter(Position = 1)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? Destination { get; set; }

    /// <summary>The tags to copy. Wildcards are permitted, and case matters. A text may have several patterns with commas between them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PatternListTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SyncTagCompleter))]
    public string[]? Include { get; set; }

    /// <summary>The tags that are not copied. Wildcards are permitted, as in -Include.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PatternListTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SyncTagCompleter))]
    public string[]? Exclude { get; set; }

    /// <summary>The number of the highest versions to copy of each repository. Prereleases come after all releases.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [CountTransformation]
    public int? Latest { get; set; }

    /// <summary>The platform whose image is copied from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Copies also the referrers of the content, such as signatures and SBOMs, and their referrers.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrer { get; set; }

    /// <summary>Leaves tags that exist at the destination as they are.</summary>
    [Parameter]
    public SwitchParameter KeepExisting { get; set; }

    /// <summary>Puts the host of the source before the name of the repository below the host of the destination.</summary>
    [Parameter]
    public SwitchParameter KeepHost { get; set; }

    /// <summary>Removes tags at the destination that -Include and -Exclude select and that do not exist at the source.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <summary>Examines the content below manifests that a registry has, too. It helps after a registry lost content.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>Lets -Prune remove tags although a list of tags cannot be read or is empty.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the effect on each tag.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? StoreText => Source is [{ Store.Text: { } text }] ? text : null;

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.AmbiguousReference } => "Use -KeepHost to make the host a part of the name, or synchronize them one at a time to destinations with different prefixes.",
        OciException { Kind: OciErrorKind.InvalidReference, Expected: { } form } when form.StartsWith("a whole name", StringComparison.Ordinal) => NameAdvice(((OciException)error).Subject ?? "v1"),
        _ => base.Advise(error),
    };

    private string NameAdvice(string tag)
    {
        var (store, name) = (CommonAdvice.Quote(StoreText ?? "./layout"), CommonAdvice.Quote(tag));
        return $"Copy it with Copy-OciContent {store} {name} -Destination oci://host/repository. Or give it a whole name: Set-OciTag {store} {CommonAdvice.Quote("host/repository:" + tag)} -Reference {name}.";
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Destination is not { } destination)
        {
            Terminate(new OciArgumentException("MissingDestination", "No destination was given.", $"Write Sync-OciRepository {CommonAdvice.Quote(StoreText ?? "oci://host/repository")} -Destination ./mirror, or -Destination oci://host/prefix."), null);
            return;
        }

        if (Include is { Length: 0 } || Exclude is { Length: 0 })
            Terminate(new OciArgumentException("InvalidPattern", $"-{(Include is { Length: 0 } ? nameof(Include) : nameof(Exclude))} is empty.", "Write a tag or a pattern such as '1.*', or leave the parameter out."), null);
        CheckLatest(Latest);
        _destination = TryOrTerminate(destination.Typed, () => SyncTarget.Resolve(destination, () => destination.FullPath(SessionState), Open, Cancellation));
        TryOrTerminate(destination.Typed, () => _destination.Layout?.CheckWritable());
        _sync = new OciSync(_destination, Options(), Cancellation);
    }

    private SyncOptions Options() => new()
    {
        Platform = Platform,
        IncludeReferrers = IncludeReferrer,
        KeepExisting = KeepExisting,
        KeepHost = KeepHost,
        Prune = Prune,
        Force = Force,
        IsFull = Full,
    };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Source is null && !MyInvocation.ExpectingInput)
            Terminate(new OciArgumentException("MissingSource", "No source was given.", "Write -Source oci://host/repository, or pipe repositories or objects with a property Source."), null);
        _isGiven = true;
        if (Source is null) Try(null, () => throw new OciArgumentException("InvalidInput", "The object has no Source.", "Pipe repositories, or objects with the properties Source, Include, Exclude and Latest."));
        foreach (var source in Source ?? []) _isIncomplete |= !Try(source.Typed, () => Add(source));
        _isIncomplete |= Source is null;
    }

    private void Add(SyncSourceArgument source)
    {
        if (source.Problem is not null) throw source.Problem;
        CheckLatest(Latest, terminates: false);
        if (source.Pattern is not { } pattern)
        {
            Add(Open(source.Store!).Place, source.Tag);
            return;
        }

        var registry = Registries.RegistryFor(pattern.Host);
        var names = Await($"Listing the repositories of {pattern.Host.Authority}", () => new ValueTask<IReadOnlyList<string>>(registry.GetRepositoriesAsync(pattern.Prefix, Cancellation)));
        var found = pattern.Select(registry, names).ToList();
        if (found.Count == 0) throw new OciException(OciErrorKind.NotFound, $"{pattern.Host.Authority} has no repository that matches '{source}'.", source.Text);
        foreach (var repository in found) Add(Registries.Open(repository.ToRepositoryString()), null);
    }

    private void Add(OciPlace place, string? tag)
    {
        var (include, exclude) = (Include is { Length: > 0 } ? new TagPatterns(Include) : null, Exclude is { Length: > 0 } ? new TagPatterns(Exclude) : null);
        _sources.Add(new SyncSource(place) { Tag = tag, Filter = t => include?.Matches(t) != false && exclude?.Matches(t) != true, Latest = Latest });
    }

    private void CheckLatest(int? latest, bool terminates = true)
    {
        if (latest is null or > 0) return;
        var error = new OciArgumentException("InvalidLatest", $"-Latest {latest} is not a number of versions.", "Write a number from 1, or leave it out for all tags.");
        if (terminates) Terminate(error, latest);
        throw error;
    }

    private OciPlaceInfo Open(StoreArgument argument) => argument.Store ?? (argument.FullPath(SessionState) is var path && argument.Registry is { } repository
        ? new OciRepositoryInfo(repository)
        : new OciStoreInfo(OciStore.Open(path, null, Cancellation)));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!_isGiven) return;
        var plan = TryOrTerminate(null, () => Run($"Planning the sync to {_destination!.Path}", () => _sync!.PlanAsync(_sources, Cancellation).GetAwaiter().GetResult(), () => new WorkStatus(RequestStatus)));
        foreach (var failure in plan.Failures) WriteProblem(failure.Value, failure.Key);
        foreach (var source in plan.Empty) WriteWarning($"No tag of {source} is selected.");
        foreach (var item in plan.Items.Where(i => i.Copy is null && i.Action != SyncAction.Removed))
        {
            if (item.Error is { } error) WriteProblem(error, Name(item));
            Emit(item, item.Action, 0);
        }

        Copy(plan);
        Remove(plan);
        TryOrTerminate(_destination!.Path, () => _sync!.Save(Cancellation));
    }

    private void Copy(SyncPlan plan)
    {
        var items = plan.Items.Where(i => i.Copy is not null).ToList();
        WriteVerbose($"{Display.Count(plan.Items.Count(i => i.Action is SyncAction.Same or SyncAction.Kept), "tag stays", "tags stay")} as they are.");
        if (items.Count == 0) return;
        var total = $"Copy {Display.Count(items.Count, "tag", "tags")} to {_destination!.Path}: {CopyText.Total(plan)}";
        // Copying is confirmed only on request. Removing tags is confirmed unless -Confirm:$false is given.
        if (Previews && !Confirm(total, () => items.Select(i => $"Copy {Name(i)} to {i.Destination}{(i.Destination == _destination.Path ? $" as {i.Tag}" : "")}: {Display.Count(i.Copy!.Count, "object", "objects")} ({Display.Size(i.Copy.Size)})"))) return;
        var progress = new ProgressReport(this, $"Copying {Display.Count(items.Count, "tag", "tags")} to {_destination.Path}");
        var done = 0L;
        try
        {
            for (var i = 0; i < items.Count; i++)
            {
                var item = items[i];
                var bytes = new LastReport<long>();
                var before = done;
                WorkStatus Status() => WithWait(WorkStatus.OfBytes($"Tag {i + 1} of {items.Count}, {Name(item)}", before + bytes.Value, plan.Size));
                Run(item, () => Run(progress, () => _sync!.RunAsync(item, bytes, Cancellation).GetAwaiter().GetResult(), Status));
                done += bytes.Value;
            }
        }
        finally
        {
            progress.Complete();
        }
    }

    private void Remove(SyncPlan plan)
    {
        if (Prune && (plan.IsPruneRefused || (_isIncomplete && !Force)))
        {
            WriteProblem(new OciArgumentException("PruneRefused", "No tag was removed, because the tags of a source cannot be listed, or there are none.", "Correct the source. -Force removes the tags of the other sources, and those of repositories that do not exist any more."), _destination!.Path);
            return;
        }

        var items = plan.Items.Where(i => i.Action == SyncAction.Removed).ToList();
        if (items.Count == 0 || !Confirm($"Remove {Display.Count(items.Count, "tag", "tags")} from {_destination!.Path}", () => items.Select(i => $"Remove the tag {i.Tag} from {i.Destination}"))) return;
        var progress = new ProgressReport(this, $"Removing tags from {_destination.Path}");
        try
        {
            foreach (var item in items) Run(item, () => Run(progress, () => _sync!.RunAsync(item, null, Cancellation).GetAwaiter().GetResult(), () => new WorkStatus(Name(item))));
        }
        finally
        {
            progress.Complete();
        }
    }

    private void Run(SyncItem item, Func<SyncResult> run)
    {
        SyncResult? result = null;
        Try(Name(item), () => result = run());
        if (result is not null && item.Copy is { } copy)
        {
            foreach (var missing in copy.Missing) WriteWarning($"Did not copy {missing.Digest}, which {Name(item)} references: it does not exist in {item.Source}.");
        }

        Emit(item, result?.Action ?? SyncAction.Failed, result?.CopiedSize ?? 0);
    }

    private void Emit(SyncItem item, SyncAction action, long copiedSize)
    {
        if (PassThru) WriteObject(new OciSyncResult(item, action, copiedSize));
    }

    private static string Name(SyncItem item) => RegistryReference.HasScheme(item.Source) ? $"{item.Source}:{item.Tag.Substring(item.Tag.LastIndexOf(':') + 1)}" : item.Tag;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _sync?.Dispose();
        base.Dispose(disposing);
    }
}
