using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Sessions;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// The state that the steps of one repair share. Each step takes the locks that it needs, as any other change of a store does.
/// </summary>
internal sealed class RepairContext
{
    private readonly Func<StoreWriter> _open;
    private readonly VerifyOptions _options;
    private StoreWriter? _writer;

    /// <param name="root">The path of the layout.</param>
    /// <param name="files">The file system.</param>
    /// <param name="open">Opens the layout as a store.</param>
    /// <param name="sources">The stores from which content is fetched, in this order.</param>
    /// <param name="options">The options of the verification that found the problems.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    public RepairContext(
        string root, IFileSystem files, Func<StoreWriter> open, IReadOnlyList<StoreReader> sources, VerifyOptions options, CancellationToken cancellationToken)
    {
        _open = open;
        Files = files;
        Sources = sources;
        _options = options;
        Cancellation = cancellationToken;
        Layout = new DirectoryLayout(root, files);
        Locks = new StoreLocks(Layout, files);
        Quarantine = new Quarantine(Layout, files);
    }

    public DirectoryLayout Layout { get; }

    public IFileSystem Files { get; }

    public IReadOnlyList<StoreReader> Sources { get; }

    /// <summary>Gets the size limit for manifests, in bytes.</summary>
    public long ManifestLimit => _options.ManifestSizeLimit;

    public CancellationToken Cancellation { get; }

    public StoreLocks Locks { get; }

    public Quarantine Quarantine { get; }

    /// <summary>Gets the time for which a step waits for a lock.</summary>
    public TimeSpan Timeout { get; } = new OciStoreOptions().LockTimeout;

    /// <summary>Gets the writer of the store. Opens the store on first use, because its files may need a repair before.</summary>
    public StoreWriter Writer => _writer ??= _open();

    /// <summary>Enters the gate exclusively. No process adds or deletes content until the result is disposed.</summary>
    public IDisposable LockStoreExclusive() => Locks.LockStoreExclusive(Timeout, Cancellation);

    /// <summary>Verifies the layout. Hashes manifests but no other content.</summary>
    public void Verify(Action<Finding> found) =>
        Verification.Run(Layout.Root, Files, found, _options with { Quick = true }, null, Cancellation);

    /// <summary>Returns the size in bytes of content that is stored and matches its digest; null for other content.</summary>
    public long? VerifiedLength(Digest digest)
    {
        try
        {
            using var stream = new BlobReader(Layout).Open(digest, null);
            stream.Drain(Cancellation);
            return stream.Length;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns the media type of stored content that is a manifest; null for other content.</summary>
    public string? MediaTypeOf(Digest digest)
    {
        try
        {
            return Manifest.Sniff(new BlobReader(Layout).ReadAll(digest, null, ManifestLimit, Cancellation));
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Runs a step. A busy store ends the repair; any other failure is the reason why one finding is not repaired.</summary>
    /// <returns>The reason why the finding is not repaired; null if it is.</returns>
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
