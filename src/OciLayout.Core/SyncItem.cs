using System;

namespace OciLayout;

/// <summary>One tag in the plan of a sync.</summary>
public sealed class SyncItem
{
    internal SyncItem(string source, string destination, string tag)
    {
        Source = source;
        Destination = destination;
        Tag = tag;
    }

    /// <summary>The repository or the path of the layout that has the content.</summary>
    public string Source { get; }

    /// <summary>The repository or the path of the layout that receives the content.</summary>
    public string Destination { get; }

    /// <summary>The tag at the destination: in a layout a whole name.</summary>
    public string Tag { get; }

    /// <summary>The content that the tag names at the source; empty if it is not known.</summary>
    public Digest Digest { get; internal init; }

    /// <summary>The content that the tag names at the destination; empty if the tag does not exist there.</summary>
    public Digest PreviousDigest { get; internal init; }

    /// <summary>The effect of the sync.</summary>
    public SyncAction Action { get; internal init; }

    /// <summary>The reason why the tag cannot be copied; null unless the action is <see cref="SyncAction.Failed"/>.</summary>
    public Exception? Error { get; internal init; }

    /// <summary>The copy; null if nothing is copied.</summary>
    public CopyPlan? Copy { get; internal init; }

    internal SyncGroup? Group { get; init; }
}
