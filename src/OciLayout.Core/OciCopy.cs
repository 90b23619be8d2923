using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Registry;
using OciLayout.Sessions;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Copies content with everything below it from one layout or repository to another. One object can make many copies between the same two
/// places. It keeps content that is copied to a layout claimed until it is disposed, and does not examine this content again until the
/// source layout changes. Not thread-safe.
/// </summary>
public sealed class OciCopy : IDisposable
{
    /// <summary>
    /// The number of attempts to run a plan. A plan is made again when other processes removed content that it relies on.
    /// </summary>
    private const int Attempts = 5;

    private readonly OciPlace _source;
    private readonly OciPlace? _destination;
    private readonly CopyOptions _options;
    private readonly HashSet<Digest> _assumed = [];
    private readonly CopiedContent _copied = new();
    private ClaimScope? _scope;
    private ICopyTarget? _target;

    /// <summary>Creates a copy. Nothing is read or written yet.</summary>
    /// <param name="source">The layout or repository to read; it may be read-only.</param>
    /// <param name="destination">
    /// The layout or repository to write. The options of a layout decide when its index is saved. Null to plan a copy to a layout that does
    /// not exist yet.
    /// </param>
    /// <param name="options">The settings of the copy; null for the defaults.</param>
    public OciCopy(OciPlace source, OciPlace? destination, CopyOptions? options = null)
    {
        _source = Guard.NotNull(source);
        _destination = destination;
        _options = options ?? new CopyOptions();
    }

    /// <summary>Plans a copy between two layouts. Nothing is changed. With a repository, it waits for <see cref="PlanAsync"/>.</summary>
    /// <param name="roots">The content to copy, and its tags at the destination.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: content or a platform is missing;
    /// <see cref="OciErrorKind.InvalidReference"/>: a tag is not valid; and the errors of reading the manifests of the source.</exception>
    public CopyPlan Plan(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken = default) =>
        PlanCoreAsync(Guard.NotNull(roots), false, cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <summary>Plans a copy. Nothing is changed: a registry receives only GET and HEAD requests.</summary>
    /// <param name="roots">The content to copy, and its tags at the destination.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException">The errors of <see cref="Plan"/>, and those of the registries.</exception>
    public Task<CopyPlan> PlanAsync(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken = default) => PlanCoreAsync(Guard.NotNull(roots), false, cancellationToken).AsTask();

    /// <summary>Returns the known content of the destination; null when the destination does not exist yet.</summary>
    internal ICopyTarget? Target(CancellationToken cancellationToken) => TargetFor(isFull: false, cancellationToken);

    private ICopyTarget? TargetFor(bool isFull, CancellationToken cancellationToken) => _target ??= _destination switch
    {
        OciStore store => new DestinationContent(store.Reader, _options.IncludeForeign, cancellationToken),
        OciRepository repository => new RepositoryReach(repository.Calls, repository.Content, isFull || _options.IsFull),
        _ => null,
    };

    private async ValueTask<CopyPlan> PlanCoreAsync(IReadOnlyList<CopyRoot> roots, bool isFull, CancellationToken cancellationToken)
    {
        if (_source is OciStore source) _copied.Follow(source.Reader);
        try
        {
            return await PlanRootsAsync(roots).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.SizeMismatch)
        {
            if (await CorrectSizesAsync(roots, cancellationToken).ConfigureAwait(false) is not { } corrected) throw;
            return await PlanRootsAsync(corrected).ConfigureAwait(false);
        }

        ValueTask<CopyPlan> PlanRootsAsync(IReadOnlyList<CopyRoot> planned) => new CopyPlanner(_source.Content, TargetFor(isFull, cancellationToken), _options, _assumed, _copied, cancellationToken).PlanAsync(planned);
    }

    // Some registries state a wrong length for a tag. The manifest has the digest, so its own length is right. Returns null if no size was wrong.
    private async ValueTask<IReadOnlyList<CopyRoot>?> CorrectSizesAsync(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken)
    {
        if (_source.Content is not RepositoryContent content) return null;
        var corrected = new List<CopyRoot>(roots.Count);
        foreach (var root in roots)
        {
            if (!MediaTypes.IsManifest(root.Descriptor.MediaType)) corrected.Add(root);
            else corrected.Add(new CopyRoot(await content.CorrectSizeAsync(root.Descriptor, cancellationToken).ConfigureAwait(false), [.. root.Tags]));
        }

        return corrected.Select(r => r.Descriptor.Size).SequenceEqual(roots.Select(r => r.Descriptor.Size)) ? null : corrected;
    }

    /// <summary>The progress of the run; null before the first one.</summary>
    internal CopyProgress? Progress { get; private set; }

    /// <summary>Returns whether a blob may be mounted at the destination, so that its bytes are not sent.</summary>
    internal bool MayBeMounted(Descriptor content) =>
        !MediaTypes.IsManifest(content.MediaType) && (_target as RepositoryReach)?.MountFrom(_source.Content, content.Digest) is not null;

    /// <summary>Returns what a plan costs at registries; null if none is involved.</summary>
    internal CopyCost? CostOf(CopyPlan plan) => CopyCost.Of(plan, _source.Content, _target);

    /// <summary>
    /// Treats the content of a plan as already copied, so that the next plan does not contain it again. Used by previews.
    /// </summary>
    internal void Assume(CopyPlan plan)
    {
        foreach (var item in plan.Items) _assumed.Add(item.Descriptor.Digest);
    }

    /// <summary>
    /// Carries out a plan between two layouts. When other processes removed content that it relies on, it is planned again, up to five times
    /// in total. With a repository, it waits for <see cref="RunAsync"/>.
    /// </summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="progress">The receiver of the number of bytes that this run has copied so far. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the copy.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>; for corrupt content
    /// of the source <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.SizeMismatch"/>,
    /// <see cref="OciErrorKind.InvalidManifest"/>; and the errors of <see cref="Plan"/>.</exception>
    public CopyResult Run(CopyPlan plan, IProgress<long>? progress = null, CancellationToken cancellationToken = default) => _destination switch
    {
        OciStore store => RunInLayout(store, Guard.NotNull(plan), Progress = new CopyProgress(progress), cancellationToken),
        OciRepository repository => RunInRegistryAsync(repository, Guard.NotNull(plan), Progress = new CopyProgress(progress), cancellationToken).GetAwaiter().GetResult(),
        _ => throw new InvalidOperationException("The copy does not have a destination."),
    };

    /// <summary>Carries out a plan.</summary>
    /// <param name="plan">The result of <see cref="PlanAsync"/>.</param>
    /// <param name="progress">The receiver of the number of bytes that this run has copied so far. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the copy.</param>
    /// <exception cref="OciException">The errors of <see cref="Run"/>, and those of the registries; <see cref="OciErrorKind.IncompleteGraph"/>:
    /// the registry lacks content below a manifest and does not take it.</exception>
    public Task<CopyResult> RunAsync(CopyPlan plan, IProgress<long>? progress = null, CancellationToken cancellationToken = default) => _destination is OciRepository repository
        ? RunInRegistryAsync(repository, Guard.NotNull(plan), Progress = new CopyProgress(progress), cancellationToken)
        : Task.Factory.StartNew(() => Run(plan, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private CopyResult RunInLayout(OciStore destination, CopyPlan plan, CopyProgress copied, CancellationToken cancellationToken)
    {
        destination.CheckWritable();
        _scope ??= destination.Writer.Begin(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var run = new LayoutRun(_source.Content, destination.Reader, destination.Writer, _scope, _options, copied, cancellationToken);
            try
            {
                if (run.Run(plan) is { } result)
                {
                    if (_source is OciStore) _copied.Add(plan);
                    destination.AutoSave(run.Changes, cancellationToken);
                    return result;
                }
            }
            catch (OciException e) when (e.Kind == OciErrorKind.SizeMismatch)
            {
                if (CorrectSizesAsync(plan.Requested, cancellationToken).AsTask().GetAwaiter().GetResult() is not { } corrected) throw;
                plan = Plan(corrected, cancellationToken);
                continue;
            }

            if (attempt == Attempts) throw Errors.DestinationKeepsChanging(destination.Path);
            _target = null;
            _copied.Clear();
            plan = Plan(plan.Requested, cancellationToken);
        }
    }

    // A registry can lose content below a manifest that it has. Then all content is examined, once.
    private async Task<CopyResult> RunInRegistryAsync(OciRepository destination, CopyPlan plan, CopyProgress copied, CancellationToken cancellationToken)
    {
        if (_target is not RepositoryReach) throw new ArgumentException("The plan was made by another copy.", nameof(plan));
        for (var isFull = false; ; isFull = true)
        {
            var run = new RegistryRun(_source.Content, destination.Calls, (RepositoryReach)_target!, copied, cancellationToken);
            if (await run.RunAsync(plan).ConfigureAwait(false) is { } result) return result;
            if (isFull) throw RegistryErrors.LacksContent(destination.Path);
            _target = null;
            plan = await PlanCoreAsync(plan.Requested, isFull: true, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Releases the claims on the copied content. From then on, only tags keep it.</summary>
    public void Dispose() => _scope?.Dispose();
}
