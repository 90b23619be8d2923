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
using System.Threading;
#if NETSTANDARD2_0
using Microsoft.Win32.SafeHandles;
using OciLayout.Storage;
#endif

#if !NETSTANDARD2_0
// The cmdlets are compiled once, against the build for netstandard2.0, which has a type of its own for this.
[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.Runtime.CompilerServices.IsExternalInit))]
#endif

namespace OciLayout;

/// <summary>All that the two frameworks do differently, in one place.</summary>
internal static class Polyfill
{
#if NETSTANDARD2_0
    public static void Append(this IncrementalHash hash, ReadOnlySpan<byte> bytes) => hash.AppendData(bytes.ToArray());

    public static void Hash(this DigestAlgorithm algorithm, ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        using var hash = algorithm.CreateHash();
        hash.Append(bytes);
        hash.GetHashAndReset().CopyTo(into);
    }

    /// <summary>The names in a directory, as they are read from it.</summary>
    public static IEnumerable<string> NamesIn(string directory) => Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path));

    public static unsafe string DecodeUtf8(this ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "";
        fixed (byte* pointer = bytes) return Encoding.UTF8.GetString(pointer, bytes.Length);
    }

    /// <summary>Renames over an existing file; <c>File.Move</c> has no such overload here.</summary>
    public static void MoveOver(string source, string target) => Native.MoveOver(source, target);

    /// <summary>Creates a file with a mode less the umask. Names are unique, so the missing O_EXCL of <c>creat</c> is no loss.</summary>
    public static FileStream CreateNew(string path, int unixMode)
    {
        if (Native.IsWindows) return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
        return new FileStream(new SafeFileHandle((IntPtr)Native.Creat(path, unixMode), ownsHandle: true), FileAccess.Write, 1);
    }

    public static void SetUnixMode(string path, int mode) => Native.ChangeMode(path, mode);

    /// <summary>The permissions of a file; here nobody can tell.</summary>
    public static int? GetUnixMode(string path) => null;

    /// <summary>Creates a file with the mode of another; modes cannot be asked for here, but a copy takes them along.</summary>
    public static FileStream CreateLike(string path, string model)
    {
        File.Copy(model, path);
        return new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
    }

    public static void PackDirectory(string path, string name, Stream target, CancellationToken cancellation) => throw NeedsModernFramework(path);

    public static void UnpackDirectory(Stream tar, string name, string target, CancellationToken cancellation) => throw NeedsModernFramework(name);

    private static OciException NeedsModernFramework(string name) =>
        new(OciErrorKind.UnsupportedMediaType, $"'{name}' is a directory; packing and unpacking directories takes PowerShell 7.4 or later.", name);
#else
    /// <summary>The names in a directory, as they are read from it.</summary>
    public static IEnumerable<string> NamesIn(string directory) => new FileSystemEnumerable<string>(
        directory, (ref FileSystemEntry entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });

    public static void Append(this IncrementalHash hash, ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <summary>Hashes bytes at one go.</summary>
    public static void Hash(this DigestAlgorithm algorithm, ReadOnlySpan<byte> bytes, Span<byte> into) => _ = algorithm switch
    {
        DigestAlgorithm.Sha256 => SHA256.HashData(bytes, into),
        DigestAlgorithm.Sha384 => SHA384.HashData(bytes, into),
        _ => SHA512.HashData(bytes, into),
    };

    public static string DecodeUtf8(this ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Renames over an existing file.</summary>
    public static void MoveOver(string source, string target) => File.Move(source, target, overwrite: true);

    /// <summary>Creates a file with a mode less the umask.</summary>
    public static FileStream CreateNew(string path, int unixMode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (UnixFileMode)unixMode;
        return new FileStream(path, options);
    }

    /// <summary>Creates a file with the mode of another, whatever the umask is.</summary>
    public static FileStream CreateLike(string path, string model)
    {
        var mode = OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(model);
        var file = CreateNew(path, mode);
        SetUnixMode(path, mode);
        return file;
    }

    /// <summary>Writes a directory as a tar.</summary>
    public static void PackDirectory(string path, string name, Stream target, CancellationToken cancellation) =>
        Artifacts.DirectoryPacker.Pack(path, name, target, cancellation);

    /// <summary>Unpacks a tar of a directory.</summary>
    public static void UnpackDirectory(Stream tar, string name, string target, CancellationToken cancellation) =>
        Artifacts.DirectoryUnpacker.Unpack(tar, name, target, cancellation);

    public static void SetUnixMode(string path, int mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)mode);
    }

    /// <summary>The permissions of a file; null on Windows, which has others.</summary>
    public static int? GetUnixMode(string path) => OperatingSystem.IsWindows() ? null : (int)File.GetUnixFileMode(path);
#endif
}
