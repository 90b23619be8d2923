using System;
using System.Management.Automation;

namespace OciLayout.Shell;

/// <summary>
/// Formats output as it comes and writes it to the host of the thread's runspace. It is a pipeline apart from the one that runs, because
/// the engine drops what its own Out-Default still holds back, to see how wide the columns are, when an error or <c>exit</c> ends a script.
/// </summary>
internal sealed class Display : IDisposable
{
    private readonly SteppablePipeline _formatter = ScriptBlock.Create("Out-Default").GetSteppablePipeline(CommandOrigin.Internal);

    public Display()
    {
        _formatter.Begin(expectInput: true);
        Output.DataAdded += (_, _) => ShowAll();
    }

    /// <summary>What is added is shown, and not kept.</summary>
    public PSDataCollection<PSObject> Output { get; } = [];

    /// <summary>Shows the error that ended a script, like any other.</summary>
    public void Show(IContainsErrorRecord exception)
    {
        var record = PSObject.AsPSObject(exception.ErrorRecord);
        record.Properties.Add(new PSNoteProperty("writeErrorStream", true)); // Out-Default knows errors by it.
        _formatter.Process(record);
    }

    /// <summary>Shows what was held back. Once stopped, there is nothing that could.</summary>
    public void Complete() => _formatter.End();

    public void Dispose()
    {
        _formatter.Dispose();
        Output.Dispose();
    }

    private void ShowAll()
    {
        foreach (PSObject item in Output.ReadAll())
            _formatter.Process(item);
    }
}
