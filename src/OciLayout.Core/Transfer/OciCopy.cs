using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Storage;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Copies content with all below it from one store to another. One object serves many copies between the same two stores, and keeps what it
/// has brought over claimed until it is disposed. Not for several threads.
/// </summary>
public sealed class OciCopy : IDisposable
{
    /// <summary>How often a plan is made anew because others removed what it built on.</summary>
    private const int Attempts = 5;

    private readonly OciStore _source;
    private readonly OciStore? _destination;
    private readonly CopyOptions _options;
    private readonly HashSet<Digest> _assumed = [];
    private Session.ClaimScope? _scope;
    private DestinationReach? _reach;
    private long _bytes;

    /// <summary>Prepares copies; nothing is read or written yet.</summary>
    /// <param name="source">The store to read; it may be read-only.</param>
    /// <param name="destination">The store to write, whose options say when its index is saved; null for plans of a copy to a new store.</param>
    /// <param name="options">What is copied, and how.</param>
    public OciCopy(OciStore source, OciStore? destination, CopyOptions? options = null)
    {
        _source = source ?? throw new ArgumentNullException(nameof(source));
        _destination = destination;
        _options = options ?? new CopyOptions();
    }

    /// <summary>How many bytes have come over so far; another thread may ask.</summary>
    public long BytesCopied => Interlocked.Read(ref _bytes);

    /// <summary>Finds out what a copy would bring over; nothing is changed.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: content or a platform is not there;
    /// <see cref="OciErrorKind.InvalidReference"/>: what cannot be a tag; and what reading the source's manifests says.</exception>
    public CopyPlan Plan(IReadOnlyList<CopyRoot> roots, CancellationToken cancellation = default)
    {
        if (_destination is not null) _reach ??= new DestinationReach(_destination, _options.IncludeForeign, cancellation);
        return new CopyPlanner(_source, _destination, _reach, _options, _assumed, cancellation).Plan(roots);
    }

    /// <summary>Takes a plan for carried out, though it is not, so that the next plan does not name the same content again.</summary>
    public void Assume(CopyPlan plan)
    {
        foreach (var item in plan.Items) _assumed.Add(item.Descriptor.Digest);
    }

    /// <summary>Carries out a plan. If others removed meanwhile what it built on, it is made anew.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>; for damaged content of the source
    /// <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public CopyResult Run(CopyPlan plan, CancellationToken cancellation = default)
    {
        if (_destination is not { } destination) throw new InvalidOperationException("There is no destination to copy to.");
        destination.CheckWritable();
        _scope ??= destination.State.Begin(destination.Options.LockTimeout, cancellation);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var run = new CopyRun(_source, destination, _scope, _options, read => Interlocked.Add(ref _bytes, read), cancellation);
            if (run.Run(plan) is { } result) return result;
            _reach = null;
            plan = Plan(plan.Asked, cancellation);
        }

        throw new OciException(OciErrorKind.StoreBusy, $"Others keep removing from '{destination.Path}' what the copy builds on.", destination.Path);
    }

    /// <summary>Ends the claims on what was copied; tags keep it from then on.</summary>
    public void Dispose() => _scope?.Dispose();
}
