using System;
using System.IO;
using System.Runtime.InteropServices;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Classifies the error codes of the operating system, and converts those of Unix to exceptions as .NET does.</summary>
internal static class SystemError
{
    /// <summary>Returns whether an error means that the medium is read-only: EROFS, ERROR_WRITE_PROTECT.</summary>
    public static bool IsReadOnlyMedium(int error) => Native.IsWindows ? (error & 0xFFFF) == 19 : error == Errno.EROFS;

    /// <summary>Returns whether an error means a loop of symbolic links.</summary>
    public static bool IsLoop(int error) => !Native.IsWindows && error is Errno.ELOOP or Errno.ELOOPMac;

    /// <summary>
    /// Returns whether an error means a full disk or quota: ENOSPC, EDQUOT (Linux, macOS), and their counterparts on Windows.
    /// </summary>
    public static bool IsFull(int error) => Native.IsWindows ? (error & 0xFFFF) is 39 or 112 or 1295 : error is Errno.ENOSPC or Errno.EDQUOT or Errno.EDQUOTMac;

    /// <summary>Creates the error for a file of another kind, which is reported as not found.</summary>
    public static FileNotFoundException NotRegular(string path) => new($"'{path}' is not a regular file.", path);

    /// <summary>Returns an error of the file system with another message, such as one that names another path.</summary>
    public static Exception WithMessage(Exception error, string message) => error switch
    {
        FileNotFoundException => new FileNotFoundException(message, error),
        DirectoryNotFoundException => new DirectoryNotFoundException(message, error),
        PathTooLongException => new PathTooLongException(message, error),
        IOException => new IOException(message, error.HResult),
        _ => new UnauthorizedAccessException(message, error),
    };

    /// <summary>Returns the result of a call, or throws its error.</summary>
    public static int Checked(int result, FilePath path)
    {
        if (result >= 0) return result;
        throw Failure(Marshal.GetLastWin32Error(), path);
    }

    /// <summary>Creates the exception for an error code of Unix.</summary>
    public static Exception Failure(int error, string path)
    {
        var text = $"{Libc.MessageOf(error)} : '{path}'"; // same text as .NET
        return error switch
        {
            Errno.EPERM or Errno.EACCES => new UnauthorizedAccessException(text),
            Errno.ENXIO => NotRegular(path), // a socket
            Errno.ENOENT or Errno.ENOTDIR => new FileNotFoundException(text, path), // ENOTDIR is a parent that is not a directory
            _ when IsLoop(error) => new FileNotFoundException(text, path),
            Errno.ENAMETOOLONG or Errno.ENAMETOOLONGMac => new PathTooLongException(text),
            _ => new IOException(text, error),
        };
    }
}
