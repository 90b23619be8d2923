using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>
/// The registries that this process uses, with the settings of <c>Connect-OciRegistry</c>. A registry that was not connected gets default
/// settings. Nothing is stored on disk. Thread-safe.
/// </summary>
internal static class Registries
{
    private static readonly object Sync = new();
    private static readonly Dictionary<string, OciRegistry> Connected = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, OciRepository> Repositories = new(StringComparer.Ordinal);

    /// <summary>Returns the repository with a path, such as <c>oci://ghcr.io/team/app</c>.</summary>
    public static OciRepository Open(string path)
    {
        lock (Sync)
        {
            if (Repositories.TryGetValue(path, out var known)) return known;
            var reference = RegistryReference.Parse(path);
            var repository = RegistryFor(reference).GetRepository(reference.Repository);
            Repositories.Add(path, repository);
            return repository;
        }
    }

    /// <summary>Returns the registry with the settings for a host, or for the longest prefix of a repository that has settings.</summary>
    public static OciRegistry RegistryFor(RegistryReference reference)
    {
        lock (Sync)
        {
            for (var prefix = Key(reference); prefix.Length > 0; prefix = prefix.Substring(0, Math.Max(0, prefix.LastIndexOf('/'))))
            {
                if (Connected.TryGetValue(prefix, out var registry)) return registry;
            }

            var added = new OciRegistry(reference.Authority);
            RegistryLog.Attach(added);
            Connected.Add(reference.Authority, added);
            return added;
        }
    }

    /// <summary>Returns the hosts and prefixes that have settings, without a scheme, in ordinal order.</summary>
    public static IReadOnlyList<string> Hosts()
    {
        lock (Sync) return [.. Connected.Keys.OrderBy(k => k, StringComparer.Ordinal)];
    }

    /// <summary>Returns the hosts with a slash at the end, and the repositories that this process uses, as references.</summary>
    public static IReadOnlyList<string> Known()
    {
        lock (Sync) return [.. Connected.Keys.Select(k => RegistryReference.Scheme + k + "/").Concat(Repositories.Keys).OrderBy(k => k, StringComparer.Ordinal)];
    }

    /// <summary>Uses settings for a host, or for the repositories below a prefix.</summary>
    public static void Connect(RegistryPrefix prefix, OciRegistry registry)
    {
        lock (Sync)
        {
            Forget(prefix.ToString());
            Connected.Add(prefix.ToString(), registry);
        }
    }

    /// <summary>Forgets the settings and tokens of a host or prefix.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Disconnect(RegistryPrefix prefix)
    {
        lock (Sync) return Forget(prefix.ToString());
    }

    // Running requests of other runspaces may still use the registry, so it is not disposed: its connections close when they are idle.
    private static bool Forget(string key)
    {
        foreach (var path in Repositories.Keys.Where(p => IsBelow(p.Substring(RegistryReference.Scheme.Length), key)).ToList()) Repositories.Remove(path);
        return Connected.Remove(key);
    }

    private static bool IsBelow(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/');

    private static string Key(RegistryReference reference) => reference.ToRepositoryString().Substring(RegistryReference.Scheme.Length);
}
