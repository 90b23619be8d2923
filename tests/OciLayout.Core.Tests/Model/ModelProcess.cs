using System;
using System.Collections.Generic;
using OciLayout.Storage;

namespace OciLayout.Tests.Model;

/// <summary>One simulated process: a store object with a state of its own, and what the model knows of it.</summary>
internal sealed class ModelProcess(string root)
{
    private static readonly OciStoreOptions Options = new() { Flush = false };

    public OciStore Store { get; private set; } = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Options);

    /// <summary>Changes that wait for a save: what they do to the entries, and the content that they need.</summary>
    public List<(Action<List<ModelEntry>> Apply, Digest Needs)> Pending { get; } = [];

    /// <summary>All that it may still have a claim on.</summary>
    public HashSet<Digest> MayClaim { get; } = [];

    /// <summary>What it certainly has a claim on: no tag has reached it since.</summary>
    public HashSet<Digest> MustClaim { get; } = [];

    public OciStore With(bool autoSave) => Store.With(Options with { AutoSaveIndex = autoSave });

    public void Claim(Digest digest)
    {
        MayClaim.Add(digest);
        MustClaim.Add(digest);
    }

    /// <summary>The process ends, with what it had not saved and all its claims; another one takes its place.</summary>
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
