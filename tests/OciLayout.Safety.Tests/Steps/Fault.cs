namespace OciLayout.Safety.Steps;

/// <summary>The fault at the chosen operation.</summary>
public enum Fault
{
    /// <summary>The operation fails with an I/O error.</summary>
    Fails,

    /// <summary>The operation fails because a permission is missing.</summary>
    Denied,

    /// <summary>The disk is full: a write stores half of its bytes and fails.</summary>
    Full,

    /// <summary>The process is killed before the operation.</summary>
    DiesBefore,

    /// <summary>The process is killed after the operation.</summary>
    DiesAfter,
}
