using System;

namespace OciLayout.Model;

/// <summary>Makes the errors of the core.</summary>
internal static class Errors
{
    /// <summary>Returns the error for a path that is a symbolic link or contains one.</summary>
    public static OciException LinkRefused(string path) =>
        new(OciErrorKind.InvalidLayout, $"Cannot write to '{path}': the path contains a symbolic link, and OciLayout does not follow links in a store. Replace the link by its target.", path)
        {
            Expected = "a directory or file of the layout itself",
            Actual = "a symbolic link",
        };

    /// <summary>Returns the error for a store whose directory was deleted or renamed after it was opened.</summary>
    public static OciException StoreGone(string root, Exception? cause = null) =>
        new(OciErrorKind.NotFound, $"The store '{root}' no longer exists. It was deleted or renamed.", root, cause);

    public static OciException ReadOnlyArchive(string root) =>
        new(OciErrorKind.ReadOnlyStore, $"The store '{root}' is an archive, which is only read. Import-OciStore puts its content into a store.", root);

    public static OciException ReadOnlyStore(string root, Exception? cause = null) =>
        new(OciErrorKind.ReadOnlyStore, $"The store '{root}' cannot be changed: {cause?.Message ?? "its directory is not writable"}", root, cause);
}
