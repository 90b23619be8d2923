namespace OciLayout.Common;

/// <summary>Classes of ASCII characters.</summary>
internal static class Ascii
{
    public static bool IsAlphanumeric(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
}
