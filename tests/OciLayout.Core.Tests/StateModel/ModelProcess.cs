using System;
using System.Collections.Generic;
using OciLayout.Files;

namespace OciLayout.Tests.StateModel;

/// <summary>A simulated process: a store object with a state of its own, and the model's view of that state.</summary>
internal sealed class ModelProcess(string root)
{
    private static readonly OciStoreOptions Options = new() { Flush = false };

    public OciStore Store { get; private set; } = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Options);

    /// <summary>The unsaved changes: the change of the entries, and the content that it requires.</summary>
    public List<(Action<List<ModelEntry>> Apply, Digest Needs)> Pending { get; } = [];

    /// <summary>The digests that this process may have claims on.</summary>
    public HashSet<Digest> MayClaim { get; } = [];

    /// <summary>The digests that this process certainly has claims on, because no tag has reached them since.</summary>
    public HashSet<Digest> MustClaim { get; } = [];

    public OciStore With(bool autoSave) => Store.WithOptions(Options with { AutoSaveIndex = autoSave });

    public void Claim(Digest digest)
    {
        MayClaim.Add(digest);
        MustClaim.Add(digest);
    }

    /// <summary>Replaces the process by a new one. The unsaved changes and all claims of the old one are lost.</summary>
    public void Restart()
    {
        End();
        Pending.Clear();
        MayClaim.Clear();
        MustClaim.Clear();
        Store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Options);
    }

    public void End() => Store.State.Dispose();
}
