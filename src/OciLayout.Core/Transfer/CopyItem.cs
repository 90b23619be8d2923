namespace OciLayout;

/// <summary>Content that a copy needs at the destination.</summary>
public sealed class CopyItem
{
    internal CopyItem(Descriptor descriptor, DescriptorRole role, bool isStored)
    {
        Descriptor = descriptor;
        Role = role;
        IsStored = isStored;
    }

    /// <summary>The content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>
    /// The role of the reference through which the plan found the content; a referrer has <see cref="DescriptorRole.Root"/>.
    /// </summary>
    public DescriptorRole Role { get; }

    /// <summary>Whether the destination already stores it. It is then claimed and not copied.</summary>
    public bool IsStored { get; }

    /// <summary>Whether the index of the destination has to list it, because no copied content references it.</summary>
    internal bool IsHead => Role == DescriptorRole.Root;
}
