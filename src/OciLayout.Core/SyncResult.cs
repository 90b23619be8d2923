using System;

namespace OciLayout;

/// <summary>The result of a sync for one tag.</summary>
public sealed class SyncResult
{
    internal SyncResult(SyncItem item, SyncAction action, long copiedSize, Exception? error)
    {
        Item = item;
        Action = action;
        CopiedSize = copiedSize;
        Error = error;
    }

    /// <summary>The tag.</summary>
    public SyncItem Item { get; }

    /// <summary>The effect.</summary>
    public SyncAction Action { get; }

    /// <summary>The number of bytes that were copied. Mounted blobs do not count.</summary>
    public long CopiedSize { get; }

    /// <summary>The error; null unless the action is <see cref="SyncAction.Failed"/>.</summary>
    public Exception? Error { get; }
}
