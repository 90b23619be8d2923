using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace OciLayout.ModuleTests;

/// <summary>Writes all streams to one text without colors. A prompt takes the next answer; without one it fails.</summary>
internal sealed class TestUserInterface(StringWriter output, Queue<string> answers) : PSHostUserInterface
{
    public override PSHostRawUserInterface RawUI { get; } = new TestRawUserInterface();

    // The engine emits colors even if the host does not support them.
    public override void Write(string value) => output.Write(new StringDecorated(value).ToString(OutputRendering.PlainText));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Write(value + "\n");

    public override void WriteErrorLine(string value) => WriteLine(value);

    public override void WriteWarningLine(string message) => WriteLine("WARNING: " + message);

    public override void WriteVerboseLine(string message) => WriteLine("VERBOSE: " + message);

    public override void WriteDebugLine(string message) => WriteLine("DEBUG: " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override string ReadLine() => answers.TryDequeue(out string? answer) ? answer : throw new PSInvalidOperationException("The prompt has no answer.");

    public override SecureString ReadLineAsSecureString() => throw new PSNotSupportedException();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw new PSNotSupportedException();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new PSNotSupportedException();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        WriteLine(caption);
        WriteLine(message);
        return descriptions.ToDictionary(d => d.Name, d => Ask(d.Name + ": ", line => PSObject.AsPSObject(line)));
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteLine(caption);
        WriteLine(message);
        string[] keys = [.. choices.Select(c => c.Label[(c.Label.IndexOf('&', StringComparison.Ordinal) + 1)..][..1])];
        return Ask(string.Join(' ', choices.Select(c => c.Label)) + ": ", line =>
            line.Length == 0 ? defaultChoice : Array.FindIndex(keys, k => k.Equals(line, StringComparison.OrdinalIgnoreCase)));
    }

    private T Ask<T>(string question, Func<string, T> read)
    {
        Write(question);
        return read(ReadLine());
    }
}
