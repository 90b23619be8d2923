using System;
using System.IO;
using System.Linq;
using System.Management.Automation.Language;

namespace OciLayout.PowerShell;

/// <summary>Next steps for errors that are common to several cmdlets.</summary>
internal static class CommonAdvice
{
    /// <summary>Returns the next step after an error; null when the default of the error kind fits.</summary>
    /// <param name="error">The error.</param>
    /// <param name="store">The store as the user wrote it; null when none was given.</param>
    /// <param name="storePath">Returns the full path of that store; null when none was given.</param>
    /// <param name="hasForce">Whether the cmdlet has the parameter Force.</param>
    public static string? For(Exception error, string? store, Func<string?> storePath, bool hasForce) => error switch
    {
        OciException { Kind: OciErrorKind.InvalidLayout or OciErrorKind.InvalidIndex, Subject: { } path } when IsDamagedLayout(path) =>
            $"Repair-OciStore {Quote(path == storePath() ? store! : path)} -WhatIf shows what can be repaired.",
        OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch or OciErrorKind.IncompleteGraph } =>
            $"Repair-OciStore {Quote(store ?? "./layout")} -Source ./mirror replaces corrupt content by that of another store.",
        OciException { Kind: OciErrorKind.ReadOnlyStore, Subject: { } path } when File.Exists(path) =>
            $"Import-OciStore {Quote(store ?? path)} ./layout puts the content into a store that can be changed.",
        OciException { Kind: OciErrorKind.AlreadyExists } when hasForce => "Use another name, or -Force to replace what exists.",
        OciException { Kind: OciErrorKind.NotFound or OciErrorKind.InvalidDigest, Subject: { } text } when IsShortDigest(text) =>
            "Write at least seven digits of the digest.",
        _ => null,
    };

    /// <summary>Returns an argument in the form in which a user types it.</summary>
    public static string Quote(string text) =>
        text.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '/' or '_' or '-' or ':' or '\\' or '~') && text.Length > 0 && text[0] != '-'
            ? text
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(text) + "'";

    /// <summary>Returns whether a directory is a damaged layout: it still has the version file or blobs.</summary>
    public static bool IsDamagedLayout(string path) =>
        Directory.Exists(path) && (File.Exists(Path.Combine(path, "oci-layout")) || Directory.Exists(Path.Combine(path, "blobs")));

    private static bool IsShortDigest(string text)
    {
        var digits = text.Substring(text.IndexOf(':') + 1);
        return digits.Length is > 1 and < 7 && digits.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')) && digits.Any(c => c is >= '0' and <= '9');
    }
}
