namespace OciLayout.Tests.Store;

/// <summary>The operations of a file system that a hook observes.</summary>
public enum FileOperation
{
    OpenRead,
    List,
    Create,
    Write,
    Lock,
    Replace,
    Delete,
    CreateDirectory,
    Flush,
    Touch,
    SetPurpose,
}
