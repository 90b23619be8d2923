using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Classifies the error codes of the operating system, and converts those of Unix to exceptions as .NET does.</summary>
internal static class SystemError
{
    /// <summary>Returns whether an error means that the medium is read-only: EROFS, ERROR_WRITE_PROTECT.</summary>
    public static bool IsReadOnlyMedium(int error) => Native.IsWindows ? (error & 0xFFFF) == 19 : error == 30;

    /// <summary>Returns whether an error means a loop of symbolic links: ELOOP on Linux, and on the BSDs.</summary>
    public static bool IsLoop(int error) => !Native.IsWindows && error is 40 or 62;

    /// <summary>
    /// Returns whether an error means a full disk or quota: ENOSPC, EDQUOT (Linux, macOS), and their counterparts on Windows.
    /// </summary>
    public static bool IsFull(int error) => Native.IsWindows ? (error & 0xFFFF) is 39 or 112 or 1295 : error is 28 or 122 or 69;

    /// <summary>Creates the error for a file of another kind, which is reported as not found.</summary>
    public static FileNotFoundException NotRegular(string path) => new($"'{path}' is not a regular file.", path);

    /// <summary>Returns the result of a call, or throws its error.</summary>
    public static int Checked(int result, FilePath path)
    {
        if (result >= 0) return result;
        throw Failure(Marshal.GetLastWin32Error(), path);
    }

    /// <summary>Creates the exception for an error code of Unix.</summary>
    public static Exception Failure(int error, string path)
    {
        var text = $"{new Win32Exception(error).Message} : '{path}'"; // same text as .NET
        return error switch
        {
            1 or 13 => new UnauthorizedAccessException(text),
            2 or 6 or 20 => new FileNotFoundException(text, path), // ENOENT, ENXIO (a socket), ENOTDIR (a parent is not a directory)
            _ when IsLoop(error) => new FileNotFoundException(text, path),
            36 or 63 => new PathTooLongException(text), // ENAMETOOLONG on Linux and macOS
            _ => new IOException(text, error),
        };
    }
}
