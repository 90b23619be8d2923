using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Sessions;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Copies content with everything below it from one store to another. One object can make many copies between the same two stores. It keeps
/// the copied content claimed until it is disposed. Not thread-safe.
/// </summary>
public sealed class OciCopy : IDisposable
{
    /// <summary>
    /// The number of attempts to run a plan. A plan is made again when other processes removed content that it relies on.
    /// </summary>
    private const int Attempts = 5;

    private readonly OciStore _source;
    private readonly OciStore? _destination;
    private readonly CopyOptions _options;
    private readonly HashSet<Digest> _assumed = [];
    private ClaimScope? _scope;
    private DestinationContent? _content;

    /// <summary>Creates a copy. Nothing is read or written yet.</summary>
    /// <param name="source">The store to read; it may be read-only.</param>
    /// <param name="destination">
    /// The store to write. Its options decide when its index is saved. Null to plan a copy to a store that does not exist yet.
    /// </param>
    /// <param name="options">The settings of the copy; null for the defaults.</param>
    public OciCopy(OciStore source, OciStore? destination, CopyOptions? options = null)
    {
        _source = Guard.NotNull(source);
        _destination = destination;
        _options = options ?? new CopyOptions();
    }

    /// <summary>Plans a copy. Nothing is changed.</summary>
    /// <param name="roots">The content to copy, and its tags at the destination.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: content or a platform is missing;
    /// <see cref="OciErrorKind.InvalidReference"/>: a tag is not valid; and the errors of reading the manifests of the source.</exception>
    public CopyPlan Plan(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken = default)
    {
        if (_destination is not null) _content ??= new DestinationContent(_destination.Reader, _options.IncludeForeign, cancellationToken);
        return new CopyPlanner(_source.Reader, _destination?.Reader, _content, _options, _assumed, cancellationToken).Plan(Guard.NotNull(roots));
    }

    /// <summary>
    /// Treats the content of a plan as already copied, so that the next plan does not contain it again. Used by previews.
    /// </summary>
    internal void Assume(CopyPlan plan)
    {
        foreach (var item in plan.Items) _assumed.Add(item.Descriptor.Digest);
    }

    /// <summary>
    /// Carries out a plan. When other processes removed content that it relies on, it is planned again, up to five times in total.
    /// </summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="progress">The receiver of the number of bytes that this run has copied so far. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the copy.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>; for corrupt content
    /// of the source <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.SizeMismatch"/>,
    /// <see cref="OciErrorKind.InvalidManifest"/>; and the errors of <see cref="Plan"/>.</exception>
    public CopyResult Run(CopyPlan plan, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(plan);
        if (_destination is not { } destination) throw new InvalidOperationException("There is no destination to copy to.");
        destination.CheckWritable();
        _scope ??= destination.Writer.Begin(cancellationToken);
        var bytes = 0L;
        for (var attempt = 1; ; attempt++)
        {
            var run = new CopyRun(_source.Reader, destination.Reader, destination.Writer, _scope, _options, Count, cancellationToken);
            if (run.Run(plan) is { } result)
            {
                destination.AutoSave(run.Changes, cancellationToken);
                return result;
            }

            if (attempt == Attempts) throw Errors.DestinationKeepsChanging(destination.Path);
            _content = null;
            plan = Plan(plan.Requested, cancellationToken);
        }

        void Count(long read)
        {
            var sum = Interlocked.Add(ref bytes, read);
            progress?.Report(sum);
        }
    }

    /// <summary>Releases the claims on the copied content. From then on, only tags keep it.</summary>
    public void Dispose() => _scope?.Dispose();
}
