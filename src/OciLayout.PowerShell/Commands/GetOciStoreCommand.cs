using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Opens existing image layouts.</summary>
[Cmdlet(VerbsCommon.Get, "OciStore", DefaultParameterSetName = TypedPath.PathSet)]
[OutputType(typeof(OciStoreInfo), typeof(OciRepositoryInfo))]
public sealed class GetOciStoreCommand : OciCmdlet
{
    /// <summary>The layout. Wildcards are permitted. Without it, the current directory.</summary>
    [Parameter(ParameterSetName = TypedPath.PathSet, Position = 0, ValueFromPipeline = true)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The layout. Wildcard characters are literal.</summary>
    [Parameter(ParameterSetName = TypedPath.LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>Keeps changes in memory until Save-OciIndex writes them to index.json.</summary>
    [Parameter]
    public SwitchParameter ManualSave { get; set; }

    /// <summary>Makes deletions delete only the named content, not its referrers and the content that is dangling afterwards.</summary>
    [Parameter]
    public SwitchParameter NoAutoGC { get; set; }

    /// <summary>Skips flushing. This is faster, but a power loss may undo completed changes.</summary>
    [Parameter]
    public SwitchParameter NoFlush { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TypedPath.From(Path, LiteralPath) is { } paths)
        {
            foreach (var path in paths) Open(path);
        }
        else if (MyInvocation.ExpectingInput)
        {
            Try(null, () => throw new OciArgumentException("InvalidInput", "null was piped.", "Pipe paths or directories."));
        }
        else if (DefaultStore.FromLocation(SessionState) is { } current)
        {
            Open(current, current);
        }
        else
        {
            Terminate(new OciArgumentException("MissingPath", "No path was given, and the current directory is not an OCI image layout.", "Write Get-OciStore -Path ./layout."), null);
        }
    }

    private void Open(TypedPath typed) => Try(typed.Text, () =>
    {
        if (RegistryReference.HasScheme(typed.Text))
        {
            OpenRepositories(typed.Text);
            return;
        }

        // When a pattern matches several layouts, one that cannot be opened does not stop the others.
        foreach (var path in typed.Resolve(SessionState)) Open(path, typed.Text);
    });

    // A whole name is emitted without a request. A host, or a pattern for names, lists repositories from the catalog of the registry.
    private void OpenRepositories(string text)
    {
        if (RepositoryPattern.TryParse(text) is not { } pattern)
        {
            WriteObject(new OciRepositoryInfo(RegistryReference.Parse(text)));
            return;
        }

        var registry = Registries.RegistryFor(pattern.Host);
        var names = Await($"Listing the repositories of {pattern.Host.Authority}", () => new ValueTask<IReadOnlyList<string>>(registry.GetRepositoriesAsync(pattern.Prefix, Cancellation)));
        foreach (var found in pattern.Select(registry, names)) WriteObject(new OciRepositoryInfo(found));
    }

    private void Open(string path, string typed) => Try(typed, () =>
    {
        var options = new OciStoreOptions { AutoSaveIndex = !ManualSave, AutoGC = !NoAutoGC, Flush = !NoFlush };
        WriteObject(new OciStoreInfo(OciStore.Open(path, options, Cancellation)));
    });
}
