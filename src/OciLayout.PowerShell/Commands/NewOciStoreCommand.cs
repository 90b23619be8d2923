using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Creates an image layout, or opens the one that is there.
/// </summary>
[Cmdlet(VerbsCommon.New, "OciStore", SupportsShouldProcess = true)]
[OutputType(typeof(OciStore))]
public sealed class NewOciStoreCommand : OciCmdlet
{
    /// <summary>The directory of the layout. It is made when it is not there. No wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [PathTransformation]
    public string[]? Path { get; set; }

    /// <summary>Changes wait until Save-OciIndex writes them to index.json.</summary>
    [Parameter]
    public SwitchParameter ManualSave { get; set; }

    /// <summary>Removing content removes that one thing, not its referrers and what dangles afterwards.</summary>
    [Parameter]
    public SwitchParameter NoAutoGC { get; set; }

    /// <summary>Faster, but a loss of power may undo what was reported as done.</summary>
    [Parameter]
    public SwitchParameter NoFlush { get; set; }

    /// <summary>Makes a layout in a directory that has other files, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Path is null or [])
        {
            Terminate(new OciArgumentException("MissingPath", "No path is given for the new store.", "Write New-OciStore -Path ./layout."), null);
        }

        foreach (var typed in Path) Try(typed, () => Create(typed));
    }

    private void Create(string typed)
    {
        var path = PathResolver.Literal(SessionState, typed);
        if (!ShouldProcess(path, "Create the image layout")) return;
        var options = new OciStoreOptions { AutoSaveIndex = !ManualSave, AutoGC = !NoAutoGC, Flush = !NoFlush };
        WriteObject(new OciStore(OciLayout.OciStore.Create(path, options, Force, Cancellation)));
    }
}
