using System;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>The destination of a sync: a layout with whole names as tags, or the repositories below a host.</summary>
internal sealed class SyncDestination
{
    private readonly Func<OciStore>? _create;
    private readonly RegistryReference? _host;
    private readonly string _prefix = "";
    private readonly Func<RegistryReference, OciRepository>? _open;

    /// <param name="host">The host.</param>
    /// <param name="prefix">The beginning of the names of the repositories; empty for none.</param>
    /// <param name="open">Returns a repository.</param>
    public SyncDestination(RegistryReference host, string prefix, Func<RegistryReference, OciRepository> open)
    {
        _host = host;
        _prefix = prefix.Trim('/');
        _open = open;
        if (_prefix.Length > 0) host.WithRepository(_prefix + "/x"); // refuses a prefix that cannot be part of a name
        Path = host.ToRepositoryString() + (_prefix.Length == 0 ? "" : "/" + _prefix);
    }

    /// <param name="path">The path of the layout, for messages.</param>
    /// <param name="layout">The layout; null if it does not exist yet.</param>
    /// <param name="create">Creates the layout.</param>
    public SyncDestination(string path, OciStore? layout, Func<OciStore> create)
    {
        Path = path;
        Layout = layout;
        _create = create;
    }

    /// <summary>The path of the layout, or the host with the prefix.</summary>
    public string Path { get; }

    /// <summary>The layout; null for a registry, and before the layout is created.</summary>
    public OciStore? Layout { get; private set; }

    /// <summary>Creates the layout if it does not exist yet.</summary>
    public void Create() => Layout ??= _create?.Invoke();

    /// <summary>Returns the place that receives the tags of a repository, and the text before these tags.</summary>
    /// <param name="repository">The repository at the source; null for tags of a layout that are not whole names.</param>
    /// <param name="keepHost">Whether the host of the source becomes a part of the name.</param>
    /// <returns>Null if the tags have no repository, and the destination needs one.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the name cannot be a repository of the destination.</exception>
    public (OciPlace? Place, string Path, string Prefix)? Map(RegistryReference? repository, bool keepHost)
    {
        if (_host is null) return (Layout, Path, repository is null ? "" : SyncNames.InLayout(repository) + ":");
        if (repository is null) return null;
        var place = _open!(_host.WithRepository(SyncNames.BelowHost(_prefix, repository, keepHost)));
        return (place, place.Path, "");
    }
}
