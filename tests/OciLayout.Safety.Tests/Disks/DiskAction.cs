namespace OciLayout.Safety.Disks;

/// <summary>A step that changes a file system, or makes changes durable.</summary>
internal enum DiskAction
{
    Create,
    Write,
    Rename,
    Delete,
    CreateDirectory,
    Flush,
    Touch,

    /// <summary>Everything so far is durable; a scenario begins here.</summary>
    Settled,

    /// <summary>A promise that holds from here on: <see cref="DiskEvent.Promise"/>.</summary>
    Promised,
}
