namespace OciLayout.Safety.Steps;

/// <summary>The access of a file operation to an object that both processes can see.</summary>
internal enum Access
{
    /// <summary>Reads a file or its properties, or lists a directory.</summary>
    Reads,

    /// <summary>Changes, creates or removes the file of a name.</summary>
    Writes,

    /// <summary>Adds a name to a directory or removes one. It conflicts with listing the directory, not with another added name.</summary>
    Names,

    /// <summary>Takes or releases a shared lock.</summary>
    SharesLock,

    /// <summary>Takes or releases an exclusive lock, or finds a lock held.</summary>
    OwnsLock,
}
