using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Writes the unsaved changes of a store that was opened with -ManualSave to its index.json.</summary>
[Cmdlet(VerbsData.Save, "OciIndex", SupportsShouldProcess = true)]
[OutputType(typeof(OciStoreInfo))]
public sealed class SaveOciIndexCommand : OciWholeStoreCmdlet
{
    /// <summary>Emits the store.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(OciPlaceInfo place)
    {
        var store = Layout(place);
        if (!store.Core.HasUnsavedChanges) WriteVerbose($"The index of {store} has no unsaved changes.");
        else if (!ShouldProcess(store.Path, "Save the index")) return;
        store.Core.SaveIndex(Cancellation);
        if (PassThru) WriteObject(store);
    }
}
