using System;
using System.ComponentModel;
using System.IO;

namespace OciLayout.Storage;

/// <summary>
/// Replacing and deleting on Windows, which refuses both while somebody has the file open in certain ways, or for an attribute. The calls
/// themselves are given, so that tests play them where there is no Windows.
/// </summary>
internal sealed class WindowsFiles
{
    /// <summary>Tries after which a refusal counts as meant: some two seconds. Readers are done in milliseconds.</summary>
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

    /// <summary>Paths from this length on need a prefix, unless process and machine are set up for long ones.</summary>
    private const int LongPath = 248;

    private readonly Func<string, string, int> _replace;
    private readonly Func<string, string, int> _rename;
    private readonly Func<string, int> _delete;
    private readonly Func<string, bool> _clearReadOnly;
    private readonly Action<int> _wait;

    /// <param name="replace">Renames over an existing file; returns the system's error, 0 for none.</param>
    /// <param name="rename">Renames if the target does not exist; returns the system's error.</param>
    /// <param name="delete">Deletes a file; returns the system's error.</param>
    /// <param name="clearReadOnly">Clears the read-only attribute; returns false if the file does not have it, or keeps it.</param>
    /// <param name="wait">Waits, longer for later tries.</param>
    public WindowsFiles(Func<string, string, int> replace, Func<string, string, int> rename, Func<string, int> delete, Func<string, bool> clearReadOnly, Action<int> wait)
    {
        _replace = replace;
        _rename = rename;
        _delete = delete;
        _clearReadOnly = clearReadOnly;
        _wait = wait;
    }

    /// <summary>Whether an error says that another handle prevents a change, which may pass.</summary>
    public static bool IsInUse(IOException error) => (error.HResult & 0xFFFF) is AccessDenied or SharingViolation or LockViolation;

    /// <summary>Renames over an existing file, read-only or not; waits while another handle prevents it.</summary>
    public void Replace(string source, string target) => Insist(() => _replace(source, target), target);

    /// <summary>Renames a file unless the target exists; waits while another handle prevents it.</summary>
    public bool TryRename(string source, string target)
    {
        var exists = false;
        Insist(
            () =>
            {
                var error = _rename(source, target);
                exists = error is FileExists or AlreadyExists;
                return exists ? 0 : error;
            },
            target);
        return !exists;
    }

    /// <summary>Flushes a file. That takes a handle for writing, which a read-only file refuses, so the attribute is cleared meanwhile.</summary>
    public void Flush(string path, Func<string, int> flush)
    {
        var wasReadOnly = _clearReadOnly(path);
        try
        {
            Insist(() => flush(path), path);
        }
        finally
        {
            if (wasReadOnly) File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
        }
    }

    /// <summary>
    /// Throws unless an error says that a path does not exist. The framework reports a share that is not reachable as a path that does not exist,
    /// and then a session of another process would count as ended.
    /// </summary>
    public static void RequireAbsent(int error, string path)
    {
        if (error is not (0 or FileNotFound or PathNotFound or InvalidName or BadPathName)) throw Failure(error, path);
    }

    /// <summary>Deletes a file, read-only or not; waits while another handle prevents it. Nothing happens when it does not exist.</summary>
    public void Delete(string path) => Insist(
        () => _delete(path) is var error && error is FileNotFound or PathNotFound ? 0 : error,
        path);

    /// <summary>The form of an absolute path that the system takes at any length.</summary>
    public static string Extended(string path) =>
        path.Length < LongPath || path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal)
            ? path
        : path.StartsWith(@"\\", StringComparison.Ordinal) ? path.Insert(2, @"?\UNC\")
        : @"\\?\" + path;

    /// <summary>A path without the prefix of <see cref="Extended"/>.</summary>
    public static string Plain(string path) =>
        path.StartsWith(@"\\?\UNC\", StringComparison.Ordinal) ? path.Remove(2, 6)
        : path.StartsWith(@"\\?\", StringComparison.Ordinal) ? path.Substring(4)
        : path;

    /// <summary>
    /// Whether a reparse point stands for another file, as links and junctions do. Files that are deduplicated, compressed or kept in a
    /// cloud are reparse points, too, but files of their own.
    /// </summary>
    public static bool IsLink(uint reparseTag) => (reparseTag & 0x20000000) != 0;

    /// <summary>
    /// Repeats a call while another handle prevents it. Access is denied, too, while a file is being deleted, or because it is read-only;
    /// the attribute is cleared then.
    /// </summary>
    public void Insist(Func<int> call, string path)
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

    private static Exception Failure(int error, string path)
    {
        var text = error switch
        {
            AccessDenied => $"'{path}' is open in another program, or access to it is denied.",
            SharingViolation or LockViolation => $"'{path}' is open in another program.",
            _ => $"'{path}': {new Win32Exception(error).Message}",
        };

        // Denied access is no sign that the store cannot be changed: whoever may not write here could not make the file that replaces.
        return error is FileNotFound or PathNotFound
            ? new FileNotFoundException(text, path)
            : new IOException(text, unchecked((int)0x80070000) | error);
    }
}
