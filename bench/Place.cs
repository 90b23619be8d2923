using System;
using System.IO;

namespace OciLayout.Bench;

/// <summary>Where a case works, and how much it does there.</summary>
/// <param name="Root">A directory of its own.</param>
/// <param name="Scale">What every number of things is divided by: 1, or more for a look whether all works.</param>
internal sealed record Place(string Root, int Scale)
{
    /// <summary>What is made once and read by all trials.</summary>
    public string Shared => Path.Combine(Root, "shared");

    /// <summary>What one run makes; empty when it begins.</summary>
    public string Scratch => Path.Combine(Root, "scratch");

    /// <summary>A number of things at this scale.</summary>
    public int Of(int count) => Math.Max(count / Scale, 10);

    /// <summary>A number of bytes at this scale.</summary>
    public long Bytes(long count) => Math.Max(count / Scale, 1 << 16);

    public string InShared(string name) => Path.Combine(Shared, name);

    public string InScratch(string name) => Path.Combine(Scratch, name);

    public void Clear()
    {
        if (Directory.Exists(Scratch)) Directory.Delete(Scratch, recursive: true);
        Directory.CreateDirectory(Scratch);
    }
}
