namespace OciLayout.Transfer;

/// <summary>A node of the destination, and the entry of its index that reaches it.</summary>
internal readonly record struct ReachableNode(Descriptor Descriptor, Digest Entry);
