using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>A repository and the client that reaches it. All calls of the protocol use it.</summary>
/// <param name="Client">The client of the registry.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Options">The settings of the registry.</param>
internal sealed record RepositoryAccess(RegistryClient Client, RegistryReference Repository, RegistryOptions Options)
{
    /// <summary>The scopes for reading.</summary>
    public IReadOnlyList<string> Pull { get; } = [$"repository:{Repository.Repository}:pull"];

    /// <summary>The scopes for writing.</summary>
    public IReadOnlyList<string> Push { get; } = [$"repository:{Repository.Repository}:pull,push"];

    /// <summary>The scopes for deleting.</summary>
    public IReadOnlyList<string> Delete { get; } = [$"repository:{Repository.Repository}:delete,pull"];

    /// <summary>Remembers that the repository has a blob.</summary>
    public void AddPlace(Digest blob) => Client.Places.Add(blob, Repository.Repository);

    /// <summary>Returns another repository of the registry that is known to have a blob; null if there is none.</summary>
    public string? FindPlace(Digest blob) => Client.Places.Find(blob, Repository.Repository);

    /// <summary>Returns the URL of a path below the repository, such as <c>tags/list</c>.</summary>
    public Task<Uri> UrlAsync(string path, CancellationToken cancellationToken, bool isQuiet = false) => Client.UrlAsync(Repository.Repository + "/" + path, cancellationToken, isQuiet);

    /// <summary>Returns the name of an object of the repository for messages.</summary>
    public string NameOf(string reference) => reference.IndexOf(':') >= 0
        ? Repository.ToRepositoryString() + "@" + reference
        : Repository.ToRepositoryString() + ":" + reference;
}
