using System;
using System.Collections.Generic;
using System.IO;
#if NETSTANDARD2_0
using System.Linq;
#else
using System.IO.Enumeration;
#endif
using System.Security.Cryptography;
using System.Text;

#if !NETSTANDARD2_0
// The cmdlets are compiled once, against the netstandard2.0 build, which defines this type itself.
[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.Runtime.CompilerServices.IsExternalInit))]
#endif

namespace OciLayout.Common;

/// <summary>Hides the differences between the two target frameworks.</summary>
internal static class Polyfill
{
#if NETSTANDARD2_0
    public static bool TryAdd<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
        where TKey : notnull
    {
        if (dictionary.ContainsKey(key)) return false;
        dictionary.Add(key, value);
        return true;
    }

    public static void Hash(HashAlgorithmName algorithm, ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(bytes.ToArray());
        hash.GetHashAndReset().CopyTo(into);
    }

    /// <summary>Returns the names in a directory. They are read while the caller enumerates.</summary>
    public static IEnumerable<string> NamesIn(string directory) => Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path));

    public static unsafe string DecodeUtf8(this ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "";
        fixed (byte* pointer = bytes) return Encoding.UTF8.GetString(pointer, bytes.Length);
    }

    /// <summary>Returns null: this framework cannot read the permissions of a file.</summary>
    public static int? GetUnixMode(string path) => null;

    /// <summary>Returns null: this framework cannot read the target of a symbolic link.</summary>
    public static string? LinkTarget(FileSystemInfo item) => null;
#else
    /// <summary>Returns the names in a directory. They are read while the caller enumerates.</summary>
    public static IEnumerable<string> NamesIn(string directory) => new FileSystemEnumerable<string>(
        directory, (ref FileSystemEntry entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });

    /// <summary>Hashes bytes in one call.</summary>
    public static void Hash(HashAlgorithmName algorithm, ReadOnlySpan<byte> bytes, Span<byte> into) => _ =
        algorithm == HashAlgorithmName.SHA256 ? SHA256.HashData(bytes, into)
        : algorithm == HashAlgorithmName.SHA384 ? SHA384.HashData(bytes, into)
        : SHA512.HashData(bytes, into);

    public static string DecodeUtf8(this ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Returns the target of a symbolic link; null for other entries.</summary>
    public static string? LinkTarget(FileSystemInfo item) => item.LinkTarget;

    /// <summary>Returns the permission bits of a file; null on Windows.</summary>
    public static int? GetUnixMode(string path) => OperatingSystem.IsWindows() ? null : (int)File.GetUnixFileMode(path);
#endif
}
