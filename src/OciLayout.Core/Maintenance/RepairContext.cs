using System;
using System.IO;
using System.Text.Json;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>What the steps of one repair share. Each step takes the locks that it needs, as every other change of a store does.</summary>
internal sealed class RepairContext
{
    private readonly Func<OciStore> _open;
    private OciStore? _store;

    public RepairContext(string root, IFileSystem files, Func<OciStore> open, RepairOptions options, CancellationToken cancellation)
    {
        _open = open;
        Files = files;
        Options = options;
        Cancellation = cancellation;
        Layout = new DirectoryLayout(root, files);
        Locks = new StoreLocks(Layout, files);
        Quarantine = new Quarantine(Layout, files);
    }

    public DirectoryLayout Layout { get; }

    public IFileSystem Files { get; }

    public RepairOptions Options { get; }

    public CancellationToken Cancellation { get; }

    public StoreLocks Locks { get; }

    public Quarantine Quarantine { get; }

    /// <summary>How long a step waits for a lock.</summary>
    public TimeSpan Timeout { get; } = new OciStoreOptions().LockTimeout;

    /// <summary>The store that is repaired, opened on first need: its own files may have to be repaired before.</summary>
    public OciStore Store => _store ??= _open();

    /// <summary>The gate, closed: no process adds or removes content while it is held.</summary>
    public IDisposable EnterExclusive() => Locks.EnterExclusive(Timeout, Cancellation);

    /// <summary>Verifies the layout without hashing content other than manifests.</summary>
    public void Verify(Action<Finding> found) =>
        LayoutVerifier.Verify(Layout.Root, Files, found, Options.Verify with { Quick = true, Progress = null }, Cancellation);

    /// <summary>The length of content that is stored and is what its digest says; null for other content.</summary>
    public long? VerifiedLength(Digest digest)
    {
        try
        {
            using var stream = new BlobReader(Layout).Open(digest, null);
            var buffer = new byte[1 << 16];
            while (stream.Read(buffer, 0, buffer.Length) > 0) Cancellation.ThrowIfCancellationRequested();
            return stream.Length;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Runs a step. A store that others keep busy ends the repair; any other failure is the reason why one finding is not mended.</summary>
    /// <returns>Why it is not mended; null when it is.</returns>
    public static string? Try(Func<string?> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is OciException { Kind: not OciErrorKind.StoreBusy } or IOException or UnauthorizedAccessException or JsonException)
        {
            return e.Message;
        }
    }
}
