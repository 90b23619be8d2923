namespace OciLayout.Files;

/// <summary>The way in which a file shares the bytes of another file.</summary>
internal enum FileSharing
{
    /// <summary>A separate read-only file that shares its blocks until one of the two files is written (a reflink).</summary>
    Clone,

    /// <summary>A second name of the same file. Mode and times are shared, too.</summary>
    HardLink,
}
