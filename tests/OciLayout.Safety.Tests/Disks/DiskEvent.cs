namespace OciLayout.Safety.Disks;

/// <summary>One step of a log.</summary>
internal sealed record DiskEvent(DiskAction Action, string Path = "", string Target = "", byte[]? Bytes = null, Promise? Promise = null);
