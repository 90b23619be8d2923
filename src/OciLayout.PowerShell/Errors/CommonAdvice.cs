using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciLayout.PowerShell;

/// <summary>Next steps for errors that are common to several cmdlets.</summary>
internal static class CommonAdvice
{
    /// <summary>Returns the next step after an error; null when the default of the error kind fits.</summary>
    /// <param name="error">The error.</param>
    /// <param name="store">The store as the user wrote it; null when none was given.</param>
    /// <param name="storePath">Returns the full path of that store; null when none was given.</param>
    /// <param name="has">Returns whether the cmdlet has a parameter.</param>
    public static string? For(Exception error, string? store, Func<string?> storePath, Func<string, bool> has) => error switch
    {
        OciException { Registry: { } fault } e => ForRegistry(e.Kind, fault),
        OciException { Kind: OciErrorKind.NotFound or OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch } when store is not null && RegistryReference.HasScheme(store) => ForRepository(error, store),
        OciException { Kind: OciErrorKind.InvalidReference, Expected: { } form } e when form.StartsWith(RegistryReference.Scheme, StringComparison.Ordinal) => e.Message.Contains("user name") ? $"Write {form}, and set the account with Connect-OciRegistry." : $"Write {form}.",
        OciException { Kind: OciErrorKind.InvalidLayout or OciErrorKind.InvalidIndex, Subject: { } path } when IsDamagedLayout(path) =>
            $"Repair-OciStore {Quote(path == storePath() ? store! : path)} -WhatIf shows what can be repaired.",
        OciException { Kind: OciErrorKind.DigestMismatch or OciErrorKind.SizeMismatch or OciErrorKind.IncompleteGraph } =>
            $"Repair-OciStore {Quote(store ?? "./layout")} -Source ./mirror replaces corrupt content by that of another store.",
        OciException { Kind: OciErrorKind.ReadOnlyStore, Subject: { } path } when File.Exists(path) =>
            $"Import-OciStore {Quote(store ?? path)} ./layout puts the content into a store that can be changed.",
        OciException { Expected: Model.ArtifactErrors.OtherDirectory } => null,
        OciException { Kind: OciErrorKind.AlreadyExists } when has("Force") => "Use another name, or -Force to replace the existing file.",
        OciException { Kind: OciErrorKind.NotFound, Actual: "not stored" } =>
            $"Repair-OciStore {Quote(store ?? "./layout")} -Source ./mirror fetches content that a manifest needs. Copy-OciContent copies other content.",
        OciException { Kind: OciErrorKind.NotFound, Expected: not null, Related: var platforms } when has("Platform") =>
            platforms.Count > 0 ? $"Write -Platform {platforms[0]}, or leave out -Platform." : "Leave out -Platform.",
        OciException { Kind: OciErrorKind.NotFound or OciErrorKind.InvalidDigest, Subject: { } text } e => ForReference(text, store, has) ??
            (e.Kind == OciErrorKind.NotFound && store is not null && !Path.IsPathRooted(text) ? ForName(e, store, has) : null),
        _ => null,
    };

    private static string ForName(OciException error, string store, Func<string, bool> has) =>
        $"{(error.Message.EndsWith("?", StringComparison.Ordinal) ? "" : "Check the name. ")}Get-OciTag {Quote(store)} lists the tags{(has("Reference") || has("Digest") ? $", and Get-OciDescriptor {Quote(store)} lists all entries of the index" : "")}.";

    private static string? ForRegistry(OciErrorKind kind, RegistryFault fault) => kind switch
    {
        OciErrorKind.Unauthorized when fault.Status == 407 => $"Set the account of the proxy: Connect-OciRegistry {fault.Host} -Proxy http://proxy.example:3128 -ProxyCredential (Get-Credential).",
        OciErrorKind.Unauthorized when fault.Status is null => $"Connect-OciRegistry {fault.Host} -ClientCertificate (Get-PfxCertificate ./client.pfx)",
        OciErrorKind.Unauthorized when fault.Status != 403 => $"Set an account: Connect-OciRegistry {fault.Host} -Credential (Get-Credential). Or store one with docker login, podman login or oras login.",
        OciErrorKind.RateLimited => $"Run the command later. At many registries, an account has a higher limit: Connect-OciRegistry {fault.Host} -Credential (Get-Credential).",
        OciErrorKind.UntrustedEndpoint when fault.Status is null && fault.Code is null => $"If you trust the issuer of the certificate, use Connect-OciRegistry {fault.Host} -CertificateAuthority ./ca.pem. If a server named another host, ask its operator.",
        OciErrorKind.NotFound => "Check the name of the repository, and that the account may read it. On Amazon ECR, create the repository before the first push.",
        OciErrorKind.RegistryUnavailable when fault.Status == 507 => "The registry has no space left. Ask its operator.",
        OciErrorKind.UnsupportedOperation when !fault.Request.StartsWith("DELETE", StringComparison.Ordinal) => "The registry, or a proxy before it, may be read-only. Ask its operator.",
        OciErrorKind.UnsupportedOperation => "Remove-OciContent deletes a manifest by its digest, with all its tags.",
        _ => null,
    };

    private static string ForRepository(Exception error, string store) => error is OciException { Kind: OciErrorKind.NotFound }
        ? $"Check the name. Get-OciTag {RepositoryOf(store)} -NameOnly lists the tags."
        : "Run the command again. If the error remains, push the content to the registry again.";

    private static string RepositoryOf(string store)
    {
        try
        {
            return RegistryReference.Parse(store).ToRepositoryString();
        }
        catch (OciException)
        {
            return store;
        }
    }

    private static string? ForReference(string text, string? store, Func<string, bool> has)
    {
        var digits = text.Substring(text.IndexOf(':') + 1);
        if (digits.Length is 0 or > 128) return null;
        if (digits.All(IsHex) && digits.Any(c => c is >= '0' and <= '9'))
        {
            if (digits.Length is > 1 and < 7) return "Write at least seven digits of the digest.";
            if (digits.Length >= 7 && digits.Length == text.Length && has("WhatIf")) return $"If it is the beginning of a digest, write the algorithm before it: sha256:{text}.";
        }

        if (digits.Length < text.Length && digits.Length >= 32 && digits.All(c => IsHex(char.ToLowerInvariant(c))) && text.Any(c => c is >= 'A' and <= 'Z'))
            return "Write the digest in lower case.";
        return WildcardPattern.ContainsWildcardCharacters(text) && has("Reference")
            ? $"-Reference does not read wildcards. Pipe the tags: Get-OciTag {Quote(store ?? "./layout")} {Quote(text)}."
            : null;
    }

    /// <summary>Returns an argument in the form in which a user types it.</summary>
    public static string Quote(string text) =>
        text.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '/' or '_' or '-' or ':' or '\\' or '~') && text.Length > 0 && text[0] != '-'
            ? text
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(text) + "'";

    /// <summary>Returns whether a text is a path rather than a tag.</summary>
    public static bool IsPath(string text) => text.Length > 0 && (text[0] is '.' or '/' or '~' || text.IndexOf('\\') >= 0);

    /// <summary>Returns whether a file or directory exists.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>Returns whether a directory is a damaged layout: it still has the version file or blobs.</summary>
    public static bool IsDamagedLayout(string path) =>
        Directory.Exists(path) && (File.Exists(Path.Combine(path, "oci-layout")) || Directory.Exists(Path.Combine(path, "blobs")));

    private static bool IsHex(char c) => c is (>= '0' and <= '9') or (>= 'a' and <= 'f');
}
