using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Creates an image layout, or opens an existing one.</summary>
[Cmdlet(VerbsCommon.New, "OciStore", SupportsShouldProcess = true)]
[OutputType(typeof(OciStoreInfo))]
public sealed class NewOciStoreCommand : OciCmdlet
{
    /// <summary>The directory of the layout. It is created when it does not exist. Wildcards are not permitted.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [PathTransformation]
    public string[]? Path { get; set; }

    /// <summary>Keeps changes in memory until Save-OciIndex writes them to index.json.</summary>
    [Parameter]
    public SwitchParameter ManualSave { get; set; }

    /// <summary>Makes deletions delete only the named content, not its referrers and the content that is dangling afterwards.</summary>
    [Parameter]
    public SwitchParameter NoAutoGC { get; set; }

    /// <summary>Skips flushing. This is faster, but a power loss may undo completed changes.</summary>
    [Parameter]
    public SwitchParameter NoFlush { get; set; }

    /// <summary>Creates the layout in a directory that contains other files, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Path is null or [])
        {
            Terminate(new OciArgumentException("MissingPath", "No path was given for the new store.", "Write New-OciStore -Path ./layout."), null);
        }

        foreach (var typed in Path) Try(typed, () => Create(typed));
    }

    private void Create(string typed)
    {
        if (RegistryReference.HasScheme(typed))
            throw new OciException(OciErrorKind.UnsupportedOperation, $"A registry creates the repository {RegistryReference.Parse(typed).ToRepositoryString()} with the first push.", typed) { Actual = RegistryRefusal.Argument };
        var path = PathResolver.Literal(SessionState, typed);
        if (!ShouldProcess(path, "Create the image layout")) return;
        var options = new OciStoreOptions { AutoSaveIndex = !ManualSave, AutoGC = !NoAutoGC, Flush = !NoFlush };
        WriteObject(new OciStoreInfo(OciStore.Create(path, options, Force, Cancellation)));
    }
}
