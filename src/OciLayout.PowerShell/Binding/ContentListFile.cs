namespace OciLayout.PowerShell;

/// <summary>Reads a file with the digests that another place has.</summary>
internal static class ContentListFile
{
    /// <exception cref="OciArgumentException">The file is not a list of digests.</exception>
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
