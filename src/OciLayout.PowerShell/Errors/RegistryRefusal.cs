using OciLayout.Referrers;

namespace OciLayout.PowerShell;

/// <summary>Makes the errors of cmdlets that cannot work on a repository of a registry.</summary>
internal static class RegistryRefusal
{
    /// <summary>The value of <see cref="OciException.Actual"/> that selects the next step.</summary>
    public const string Repository = "a repository";

    /// <summary>The value of <see cref="OciException.Actual"/> for a parameter that a registry does not have.</summary>
    public const string Argument = "a parameter";

    /// <summary>Returns the error for annotations of an entry of an index.</summary>
    public static OciException OfAnnotation(OciPlaceInfo repository) => new(
        OciErrorKind.UnsupportedOperation, $"-Annotation changes the index of a layout, and {repository} is a repository of a registry.", repository.Path)
    { Actual = Argument };

    /// <summary>Refuses a tag under which tools keep lists of referrers, or signatures, in a registry.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="force">Whether <c>-Force</c> was given; null for a cmdlet without this parameter.</param>
    public static void CheckTag(OciPlaceInfo repository, string tag, bool? force)
    {
        var action = force is null ? "Use another tag. Set-OciTag -Force sets such a tag." : "Use another tag, or -Force.";
        if (force != true && FallbackTag.Is(tag))
            throw new OciArgumentException("FallbackTag", $"Tools keep lists of referrers under tags such as '{tag}' in {repository}.", action);
        if (force != true && DigestTag.Is(tag))
            throw new OciArgumentException("FallbackTag", $"Tools keep signatures under tags such as '{tag}' in {repository}.", action);
    }

    /// <summary>Returns the error of a cmdlet for a repository.</summary>
    public static OciException For(OciCmdlet cmdlet, string path) => new(
        OciErrorKind.UnsupportedOperation, $"{cmdlet.MyInvocation.MyCommand.Name} works on layouts, and {path} is a repository of a registry.", path)
    { Actual = Repository };
}
