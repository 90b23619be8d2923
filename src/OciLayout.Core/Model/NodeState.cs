namespace OciLayout.Model;

/// <summary>The state of a node.</summary>
internal enum NodeState : byte
{
    /// <summary>Content that has no references, because of its media type.</summary>
    Leaf,

    /// <summary>A manifest whose references are known.</summary>
    Read,

    /// <summary>Content that is not stored. It has no known references.</summary>
    Missing,

    /// <summary>Content that could not be read or is not a valid manifest. Its references are unknown.</summary>
    Unreadable,
}
