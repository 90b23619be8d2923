using System;
using System.IO;

namespace OciLayout.Files;

/// <summary>The permission bits that this process removes from new files on Unix.</summary>
internal static class Umask
{
    private static readonly Lazy<int> Value = new(Read);

    /// <summary>Returns a mode after the umask was applied, for files that already exist.</summary>
    public static int Apply(int mode) => mode & ~Value.Value;

    // umask(2) can read the value only by changing it, which affects other threads. Linux also shows it in /proc.
    private static int Read()
    {
        const int usual = 0x12; // 022
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("Umask:", StringComparison.Ordinal)) return Convert.ToInt32(line.Substring(6).Trim(), 8);
            }
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }

        return usual;
    }
}
