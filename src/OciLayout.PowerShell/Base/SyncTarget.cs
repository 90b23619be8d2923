using System;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Finds the destination of a sync: a layout, or a host with or without the beginning of the names of repositories.</summary>
internal static class SyncTarget
{
    /// <summary>Determines the destination that an argument names. Creates nothing.</summary>
    /// <param name="argument">The argument as it was given.</param>
    /// <param name="path">Returns its absolute path.</param>
    /// <param name="open">Opens an existing layout.</param>
    /// <param name="cancellationToken">The token that cancels the creation of the layout.</param>
    /// <exception cref="OciArgumentException">The destination has a tag or a digest, or is an archive.</exception>
    public static SyncDestination Resolve(StoreArgument argument, Func<string> path, Func<StoreArgument, OciPlaceInfo> open, CancellationToken cancellationToken)
    {
        var text = argument.Store is OciRepositoryInfo repository ? repository.Path : argument.Typed as string ?? argument.Text;
        if (!RegistryReference.HasScheme(text))
        {
            var layout = CopyDestination.Resolve(argument, path(), open);
            return new SyncDestination(layout.ToString(), (layout.Store as OciStoreInfo)?.Core, () => ((OciStoreInfo)layout.GetOrCreate(cancellationToken)).Core);
        }

        var rest = text.Substring(text.IndexOf("://", StringComparison.Ordinal) + 3);
        var target = RegistryPrefix.Parse(rest);
        if (target.Path.IndexOfAny([':', '@']) >= 0)
            throw new OciArgumentException("InvalidDestination", $"'{text}' has a tag or a digest, and a sync keeps those of its sources.", "Write oci://host, or oci://host/prefix.");
        return new SyncDestination(RegistryReference.ParseHost(RegistryReference.Scheme + target.Host), target.Path, reference => Registries.Open(reference.ToRepositoryString()));
    }
}
