namespace OciLayout.PowerShell;

/// <summary>A file in which somebody noted what another place holds.</summary>
internal static class ContentListFile
{
    /// <exception cref="OciArgumentException">It is no such list.</exception>
    public static ContentList Read(string path)
    {
        try
        {
            return ContentList.Read(path);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidDigest)
        {
            throw new OciArgumentException("InvalidList", $"'{path}': {e.Message}", "(Get-OciTag ./layout).Digest > ./list.txt makes such a file.", e);
        }
    }
}
