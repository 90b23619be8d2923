using System.Management.Automation;
using System.Threading;

namespace OciLayout.Shell;

/// <summary>One line at the bottom of the terminal that shows the latest progress, and gives way to any other output.</summary>
internal sealed class ProgressLine(Terminal terminal)
{
    // Progress comes from the pipeline's thread, Clear also from the one that ends the program.
    private readonly Lock _gate = new();
    private int _drawn;

    public void Show(ProgressRecord record)
    {
        if (!terminal.ShowsProgress)
            return;
        if (record.RecordType == ProgressRecordType.Completed)
        {
            Clear();
            return;
        }

        string percent = record.PercentComplete >= 0 ? $" {record.PercentComplete}%" : "";
        string text = $"{record.Activity}: {record.StatusDescription}{percent} {record.CurrentOperation}".TrimEnd();
        if (text.Length >= terminal.Width)
            text = text[..(terminal.Width - 1)];

        lock (_gate)
        {
            terminal.Output.Flush();
            terminal.Error.Write('\r' + text.PadRight(_drawn));
            _drawn = text.Length;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            if (_drawn == 0)
                return;
            terminal.Error.Write('\r' + new string(' ', _drawn) + '\r');
            _drawn = 0;
        }
    }
}
