using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;
using System.Threading.Tasks;

namespace OciLayout.Shell;

/// <summary>Writes what the engine and the cmdlets say, and asks what they ask.</summary>
internal sealed class ShellHostUserInterface(Terminal terminal) : PSHostUserInterface
{
    private readonly TaskCompletionSource _abandoned = new();
    private readonly ProgressLine _progress = new(terminal);

    public override PSHostRawUserInterface RawUI { get; } = new ShellHostRawUserInterface(terminal);

    public override bool SupportsVirtualTerminal => terminal.Ansi;

    public override void Write(string value)
    {
        _progress.Clear();
        terminal.Output.Write(Plain(value));
    }

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    public override void WriteErrorLine(string value)
    {
        _progress.Clear();
        terminal.Output.Flush();
        terminal.Error.WriteLine(Plain(value));
    }

    public override void WriteWarningLine(string message) => WriteMessage("WARNING: ", message, PSStyle.Instance.Formatting.Warning);

    public override void WriteVerboseLine(string message) => WriteMessage("VERBOSE: ", message, PSStyle.Instance.Formatting.Verbose);

    public override void WriteDebugLine(string message) => WriteMessage("DEBUG: ", message, PSStyle.Instance.Formatting.Debug);

    public override void WriteProgress(long sourceId, ProgressRecord record) => _progress.Show(record);

    public override string ReadLine()
    {
        _progress.Clear();
        terminal.Output.Flush();
        if (terminal.ReadLine is null)
            throw NobodyToAsk();

        // On another thread, as a console that waits for a line cannot be told to stop.
        var line = Task.Run(terminal.ReadLine);
        Task.WaitAny(line, _abandoned.Task);
        return _abandoned.Task.IsCompleted ? throw new PipelineStoppedException() : line.Result ?? throw NobodyToAsk();
    }

    public override SecureString ReadLineAsSecureString() => throw new PSNotSupportedException("This shell does not read secrets.");

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new PSNotSupportedException("This shell does not read secrets.");

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new PSNotSupportedException("This shell does not read secrets.");

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        AskFirst(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription field in descriptions)
        {
            // The engine converts; for a collection it wants the elements, which end with an empty line.
            bool isList = Type.GetType(field.ParameterAssemblyFullName) is { } type && type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type);
            answers[field.Name] = PSObject.AsPSObject(isList ? ReadList(field.Name) : ReadAfter(field.Name + ": "));
        }

        return answers;
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        AskFirst(caption, message);
        var keys = new List<string>();
        foreach (ChoiceDescription choice in choices)
        {
            int mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
            string name = choice.Label.Replace("&", "", StringComparison.Ordinal);
            string key = mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label.Substring(mark + 1, 1).ToUpperInvariant() : name;
            keys.Add(key);
            Write($"[{key}] {name}  ");
        }

        string hint = defaultChoice >= 0 ? $"(default is \"{keys[defaultChoice]}\"): " : ": ";
        while (true)
        {
            string answer = ReadAfter(hint).Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
                return defaultChoice;

            for (int i = 0; i < choices.Count; i++)
            {
                string name = choices[i].Label.Replace("&", "", StringComparison.Ordinal);
                if (answer.Equals(keys[i], StringComparison.OrdinalIgnoreCase) || answer.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return i;
            }
        }
    }

    /// <summary>Ends the prompt that waits, and every later one, as a stop does.</summary>
    public void AbandonPrompt() => _abandoned.TrySetResult();

    /// <summary>Takes away what progress has drawn, when all is done.</summary>
    public void ClearProgress() => _progress.Clear();

    private void WriteMessage(string label, string message, string style) => WriteLine($"{style}{label}{message}{PSStyle.Instance.Reset}");

    // The engine formats with colours whatever the host supports; to take them out is the host's part.
    private string Plain(string value) => terminal.Ansi ? value : new StringDecorated(value).ToString(OutputRendering.PlainText);

    private void AskFirst(string caption, string message)
    {
        if (terminal.ReadLine is null)
            throw NobodyToAsk();
        if (!string.IsNullOrEmpty(caption))
            WriteLine(caption);
        if (!string.IsNullOrEmpty(message))
            WriteLine(message);
    }

    private string[] ReadList(string name)
    {
        var items = new List<string>();
        while (true)
        {
            string item = ReadAfter(string.Format(CultureInfo.InvariantCulture, "{0}[{1}]: ", name, items.Count));
            if (item.Length == 0)
                return [.. items];
            items.Add(item);
        }
    }

    private string ReadAfter(string hint)
    {
        Write(hint);
        return ReadLine();
    }

    // A script in a pipe or a job must fail here; waiting for an answer that cannot come would hang it.
    private static PSInvalidOperationException NobodyToAsk() =>
        new("This needs an answer, and there is nobody to give it: standard input is no terminal, or has ended. Name the missing parameter, or say -Confirm:$false or -Force.");
}
