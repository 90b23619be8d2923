using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
#if NETSTANDARD2_0
using System.Linq;
#else
using System.IO.Enumeration;
#endif
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

#if !NETSTANDARD2_0
// The cmdlets are compiled once, against the netstandard2.0 build, which defines this type itself.
[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.Runtime.CompilerServices.IsExternalInit))]
#endif

namespace OciLayout.Common;

/// <summary>Hides the differences between the two target frameworks.</summary>
internal static class Polyfill
{
    /// <summary>Creates a handler that leaves redirects, cookies and compression to the caller.</summary>
    public static HttpMessageHandler CreateHttpHandler(
        int connections, TimeSpan connectTimeout, IWebProxy? proxy, ICredentials? proxyCredential, X509Certificate2? client, Func<X509Certificate2?, X509Chain?, SslPolicyErrors, bool> accept)
    {
#if NETSTANDARD2_0
        // This handler has no timeout for connections. The timeout of the answer covers it.
        _ = connectTimeout;
        var handler = new HttpClientHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = connections,
            UseProxy = true,
            ServerCertificateCustomValidationCallback = (_, certificate, chain, errors) => accept(certificate, chain, errors),
        };
        if (client is not null) handler.ClientCertificates.Add(client);
        if (proxy is not null) handler.Proxy = proxy;
        handler.DefaultProxyCredentials = proxyCredential;
        return handler;
#else
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = connections,
            ConnectTimeout = connectTimeout,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            DefaultProxyCredentials = proxyCredential,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => accept(certificate as X509Certificate2, chain, errors);
        if (client is not null) handler.SslOptions.ClientCertificates = [client];
        if (proxy is not null) handler.Proxy = proxy;
        if (CanSendFiles) handler.ConnectCallback = (context, cancellationToken) => PlainConnection.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return handler;
#endif
    }

    /// <summary>
    /// Kills a process and its child processes; on .NET Framework only the process. Does nothing if it has exited. Processes that cannot be
    /// killed are left.
    /// </summary>
    public static void KillAll(this Process process)
    {
        try
        {
#if NETSTANDARD2_0
            // .NET Standard does not have this method, but all frameworks except .NET Framework do.
            var tree = (Action<Process, bool>?)typeof(Process).GetMethod(nameof(Process.Kill), [typeof(bool)])?.CreateDelegate(typeof(Action<Process, bool>));
            if (tree is null) process.Kill();
            else tree(process, true);
#else
            process.Kill(entireProcessTree: true);
#endif
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has exited, or a child process belongs to another user. Callbacks of timers call this method, and must not throw.
        }
    }

#if NETSTANDARD2_0
    /// <summary>Whether <see cref="WriteFileAsync"/> sends files without copying them to the process.</summary>
    public static bool CanSendFiles => false;

    public static Task WriteFileAsync(this Stream target, FileRange range, CancellationToken cancellationToken) => throw new PlatformNotSupportedException();

    /// <summary>Opens the body of an answer.</summary>
    public static Task<Stream> OpenReadAsync(this HttpContent content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return content.ReadAsStreamAsync();
    }

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

    /// <summary>Whether this framework can read the targets of symbolic links.</summary>
    public static bool HasLinkTargets => false;

    /// <summary>Returns null: this framework cannot read the target of a symbolic link.</summary>
    public static string? LinkTarget(FileSystemInfo item) => null;

    public static FileStream CreateTemporary(string path) =>
        new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
#else
    /// <summary>Opens the body of an answer.</summary>
    public static Task<Stream> OpenReadAsync(this HttpContent content, CancellationToken cancellationToken) => content.ReadAsStreamAsync(cancellationToken);

    /// <summary>Whether <see cref="WriteFileAsync"/> sends files without copying them to the process. Windows sends few files at the same time.</summary>
    public static bool CanSendFiles => !OperatingSystem.IsWindows();

    /// <summary>Writes a part of a file to the body of a request.</summary>
    public static ValueTask WriteFileAsync(this Stream target, FileRange range, CancellationToken cancellationToken) => target.WriteAsync(new FileMemory(range).Memory, cancellationToken);

    /// <summary>Returns the names in a directory. They are read while the caller enumerates.</summary>
    public static IEnumerable<string> NamesIn(string directory) => new FileSystemEnumerable<string>(
        directory, (ref FileSystemEntry entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });

    /// <summary>Hashes bytes in one call.</summary>
    public static void Hash(HashAlgorithmName algorithm, ReadOnlySpan<byte> bytes, Span<byte> into) => _ =
        algorithm == HashAlgorithmName.SHA256 ? SHA256.HashData(bytes, into)
        : algorithm == HashAlgorithmName.SHA384 ? SHA384.HashData(bytes, into)
        : SHA512.HashData(bytes, into);

    public static string DecodeUtf8(this ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Whether this framework can read the targets of symbolic links.</summary>
    public static bool HasLinkTargets => true;

    /// <summary>Returns the target of a symbolic link; null for other entries.</summary>
    public static string? LinkTarget(FileSystemInfo item) => item.LinkTarget;

    /// <summary>Returns the permission bits of a file; null on Windows.</summary>
    public static int? GetUnixMode(string path) => OperatingSystem.IsWindows() ? null : (int)File.GetUnixFileMode(path);

    /// <summary>Creates a file that is deleted when it is closed. On Unix, no other user can read it.</summary>
    public static FileStream CreateTemporary(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            BufferSize = 1,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
#endif
}
