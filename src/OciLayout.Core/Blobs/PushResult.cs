namespace OciLayout;

/// <summary>The result of a push.</summary>
public sealed class PushResult
{
    internal PushResult(Descriptor descriptor, bool alreadyExisted, object? userState)
    {
        Descriptor = descriptor;
        AlreadyExisted = alreadyExisted;
        UserState = userState;
    }

    /// <summary>The descriptor of the stored content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Whether the content was already stored.</summary>
    public bool AlreadyExisted { get; }

    /// <summary>The object that the caller passed with the request.</summary>
    public object? UserState { get; }
}
