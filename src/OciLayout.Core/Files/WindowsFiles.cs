using System;
using System.ComponentModel;
using System.IO;
using System.Threading;

namespace OciLayout.Files;

/// <summary>
/// Replaces and deletes files on Windows, which refuses this while another process has the file open in certain ways, or if the file is
/// read-only. The system calls are parameters, so that tests can simulate them on other systems.
/// </summary>
internal sealed class WindowsFiles
{
    /// <summary>The number of attempts before a refusal is final, about two seconds. Readers usually finish in milliseconds.</summary>
    public const int Tries = 40;

    public const int FileNotFound = 2;
    public const int PathNotFound = 3;
    public const int AccessDenied = 5;
    public const int SharingViolation = 32;
    public const int LockViolation = 33;
    public const int FileExists = 80;
    public const int InvalidName = 123;
    public const int BadPathName = 161;
    public const int AlreadyExists = 183;

    /// <summary>The length from which paths need a prefix, unless process and system are configured for long paths.</summary>
    private const int LongPath = 248;

    /// <summary>The files of this system.</summary>
    public static readonly WindowsFiles Instance = new(Kernel32.Replace, Kernel32.Rename, Kernel32.Delete, ClearReadOnly, Wait);

    private readonly Func<string, string, int> _replace;
    private readonly Func<string, string, int> _rename;
    private readonly Func<string, int> _delete;
    private readonly Func<string, bool> _clearReadOnly;
    private readonly Action<int> _wait;

    /// <param name="replace">The function that renames a file over an existing one. Returns the error code, 0 for success.</param>
    /// <param name="rename">The function that renames a file if the target does not exist. Returns the error code.</param>
    /// <param name="delete">The function that deletes a file. Returns the error code.</param>
    /// <param name="clearReadOnly">The function that clears the read-only attribute. Returns false if the file does not have it, or keeps
    /// it.</param>
    /// <param name="wait">The function that waits, longer for later attempts.</param>
    public WindowsFiles(Func<string, string, int> replace, Func<string, string, int> rename, Func<string, int> delete, Func<string, bool> clearReadOnly, Action<int> wait)
    {
        _replace = replace;
        _rename = rename;
        _delete = delete;
        _clearReadOnly = clearReadOnly;
        _wait = wait;
    }

    /// <summary>Returns whether an error means that another handle prevents a change. It may be temporary.</summary>
    public static bool IsInUse(IOException error) => (error.HResult & 0xFFFF) is AccessDenied or SharingViolation or LockViolation;

    /// <summary>Renames a file over an existing one, even a read-only one. Waits while another handle prevents it.</summary>
    public void Replace(string source, string target) => Retry(() => _replace(source, target), target);

    /// <summary>Renames a file unless the target exists. Waits while another handle prevents it.</summary>
    public bool TryRename(string source, string target)
    {
        var exists = false;
        Retry(
            () =>
            {
                var error = _rename(source, target);
                exists = error is FileExists or AlreadyExists;
                return exists ? 0 : error;
            },
            target);
        return !exists;
    }

    /// <summary>Flushes a file. This needs write access, so a read-only attribute is cleared temporarily.</summary>
    public void Flush(string path, Func<string, int> flush)
    {
        var wasReadOnly = _clearReadOnly(path);
        try
        {
            Retry(() => flush(path), path);
        }
        finally
        {
            if (wasReadOnly) File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
        }
    }

    /// <summary>
    /// Throws unless an error means that a path does not exist. .NET reports a path on an unreachable share as missing, and the session of
    /// another process would then count as ended.
    /// </summary>
    public static void RequireAbsent(int error, string path)
    {
        if (error is not (0 or FileNotFound or PathNotFound or InvalidName or BadPathName)) throw Failure(error, path);
    }

    /// <summary>Deletes a file, even a read-only one. Waits while another handle prevents it. Does nothing if it does not exist.</summary>
    public void Delete(string path) => Retry(
        () => _delete(path) is var error && error is FileNotFound or PathNotFound ? 0 : error,
        path);

    /// <summary>Returns an absolute path in the form that Windows accepts at any length.</summary>
    public static string Extended(string path) =>
        path.Length < LongPath || path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal)
            ? path
        : path.StartsWith(@"\\", StringComparison.Ordinal) ? path.Insert(2, @"?\UNC\")
        : @"\\?\" + path;

    /// <summary>Returns a path without the prefix of <see cref="Extended"/>.</summary>
    public static string Plain(string path) =>
        path.StartsWith(@"\\?\UNC\", StringComparison.Ordinal) ? path.Remove(2, 6)
        : path.StartsWith(@"\\?\", StringComparison.Ordinal) ? path.Substring(4)
        : path;

    /// <summary>
    /// Returns whether a reparse point refers to another file, like links and junctions. Deduplicated, compressed and cloud files are
    /// reparse points, too, but have their own content.
    /// </summary>
    public static bool IsLink(uint reparseTag) => (reparseTag & 0x20000000) != 0;

    /// <summary>
    /// Repeats a call while another handle prevents it. The error "access denied" is also returned while a file is being deleted, or if it
    /// is read-only. In the latter case the attribute is cleared.
    /// </summary>
    public void Retry(Func<int> call, string path)
    {
        var cleared = false;
        for (var attempt = 0; ; attempt++)
        {
            var error = call();
            if (error == 0) return;
            if (error == AccessDenied && !cleared && _clearReadOnly(path))
            {
                cleared = true;
                continue;
            }

            if (attempt >= Tries || error is not (AccessDenied or SharingViolation or LockViolation)) throw Failure(error, path);
            _wait(attempt);
        }
    }

    // Waits longer with each attempt.
    private static void Wait(int attempt)
    {
        using var never = new ManualResetEvent(false);
        never.WaitOne(Math.Min(1 << Math.Min(attempt, 6), 50));
    }

    private static bool ClearReadOnly(string path)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.ReadOnly) == 0) return false;
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // the caller reports its own error
        }
    }

    private static Exception Failure(int error, string path)
    {
        var text = error switch
        {
            AccessDenied => $"'{path}' is open in another program, or access to it is denied.",
            SharingViolation or LockViolation => $"'{path}' is open in another program.",
            _ => $"'{path}': {new Win32Exception(error).Message}",
        };

        // Not an UnauthorizedAccessException, which would mean a read-only store. Without write access, the new file could not have been
        // created.
        return error is FileNotFound or PathNotFound
            ? new FileNotFoundException(text, path)
            : new IOException(text, unchecked((int)0x80070000) | error);
    }
}
