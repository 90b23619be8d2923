using System;

namespace OciLayout.Images;

/// <summary>The facts about a path in one or several layers.</summary>
[Flags]
internal enum PathMarks : byte
{
    None = 0,

    /// <summary>A layer has this path, or a whiteout of it. The same path in the layers below is hidden.</summary>
    Settled = 1,

    /// <summary>The paths below this one are hidden in the layers below: it is not a directory, is opaque, or has a whiteout.</summary>
    HidesBelow = 2,

    /// <summary>A layer has paths below this one, so it has to be a directory.</summary>
    Parent = 4,

    /// <summary>The layer has an entry with this path that is not a directory.</summary>
    NotDirectory = 8,
}
