using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on layouts by path, because a damaged layout cannot be opened as a store.</summary>
public abstract class OciLayoutCmdlet : OciCmdlet
{
    /// <summary>
    /// The layout: a path, or an object of Get-OciStore. Without it, the piped layout or the current directory.
    /// </summary>
    [Parameter(Position = 0)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? Store { get; set; }

    /// <summary>A layout from the pipeline: a path, or an object of Get-OciStore.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    private protected override string? StoreText => Store?.Text;

    private protected override string? StorePath => Store?.FullPath(SessionState);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(InputObject?.Typed ?? Store?.Typed, () =>
        Process(NotRegistry(InputObject is null && !MyInvocation.ExpectingInput ? GivenPath() : PathOf(PipedStore(InputObject)))));

    /// <summary>Processes the layout at a path.</summary>
    private protected abstract void Process(string path);

    private string NotRegistry(string path) => RegistryReference.HasScheme(path) ? throw RegistryRefusal.For(this, path) : path;

    private string GivenPath() => Store?.FullPath(SessionState) ?? DefaultStore.FromLocation(SessionState) ?? throw new OciArgumentException(
        "MissingStore",
        "No store was given, and the current directory is not an OCI image layout.",
        "Write -Store with a path, or pipe paths.");

    private string PathOf(StoreArgument piped)
    {
        var path = piped.FullPath(SessionState);
        if (Store is null || DefaultStore.IsDefault(SessionState, Store.Typed) || Store.FullPath(SessionState) == path) return path;
        throw new OciArgumentException("StoreMismatch", $"The store {path} was piped, but -Store says {Store}.", "Leave out -Store, or pipe nothing.");
    }
}
