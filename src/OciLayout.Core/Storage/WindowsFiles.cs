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

    /// <summary>Paths from this length on need a prefix, unless process and machine are set up for long ones.</summary>
    private const int LongPath = 248;

    private readonly Func<string, string, int> _move;
    private readonly Func<string, int> _delete;
    private readonly Func<string, bool> _clearReadOnly;
    private readonly Action<int> _wait;

    /// <param name="move">Renames over what is there; gives the system's error, 0 for none.</param>
    /// <param name="delete">Deletes a file; gives the system's error.</param>
    /// <param name="clearReadOnly">Takes the read-only attribute away; false when a file has none, or keeps it.</param>
    /// <param name="wait">Waits, longer for later tries.</param>
    public WindowsFiles(Func<string, string, int> move, Func<string, int> delete, Func<string, bool> clearReadOnly, Action<int> wait)
    {
        _move = move;
        _delete = delete;
        _clearReadOnly = clearReadOnly;
        _wait = wait;
    }

    /// <summary>Renames over what is there, once nobody is in the way; a read-only target is replaced like any other.</summary>
    public void Replace(string source, string target) => Insist(() => _move(source, target), target);

    /// <summary>Removes a file, read-only or not, once nobody is in the way; nothing happens when it is gone.</summary>
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

    // A file that is open without sharing, or being deleted, comes free in a moment; denied access may be either, or be meant.
    private void Insist(Func<int> call, string path)
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
