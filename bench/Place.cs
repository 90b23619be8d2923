using System;
using System.IO;

namespace OciLayout.Bench;

/// <summary>The working directory of a case and the scale of its work.</summary>
/// <param name="Root">The directory, used by this case only.</param>
/// <param name="Scale">The number that all counts and sizes are divided by: 1, or more for a smoke test.</param>
internal sealed record Place(string Root, int Scale)
{
    /// <summary>Gets the directory of data that is created once and read by all trials.</summary>
    public string Shared => Path.Combine(Root, "shared");

    /// <summary>Gets the directory of one run. It is empty when the run starts.</summary>
    public string Scratch => Path.Combine(Root, "scratch");

    /// <summary>Returns a count at this scale, at least 10.</summary>
    public int Of(int count) => Math.Max(count / Scale, 10);

    /// <summary>Returns a size in bytes at this scale, at least 64 KiB.</summary>
    public long Bytes(long count) => Math.Max(count / Scale, 1 << 16);

    public string InShared(string name) => Path.Combine(Shared, name);

    public string InScratch(string name) => Path.Combine(Scratch, name);

    public void Clear()
    {
        if (Directory.Exists(Scratch)) Directory.Delete(Scratch, recursive: true);
        Directory.CreateDirectory(Scratch);
    }
}
