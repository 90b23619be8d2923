using System;
using System.Collections.Concurrent;
using System.IO;
using System.Text;
using System.Threading;

namespace OciLayout.Worker;

/// <summary>Reads and writes lines. Each line is one write, so that a killed process does not leave a partial line.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly BlockingCollection<string> _lines = [];

    public Wire()
    {
        var reader = new Thread(ReadLines) { IsBackground = true };
        reader.Start();
    }

    /// <summary>Whether the input has ended.</summary>
    public bool Ended => _lines.IsCompleted;

    /// <summary>Waits for the next line of the input, and returns it, or null at the end.</summary>
    public string? Next() => _lines.TryTake(out var line, Timeout.Infinite) ? line : null;

    public void Say(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_output)
        {
            _output.Write(bytes);
            _output.Flush();
        }
    }

    public void Dispose() => _output.Dispose();

    private void ReadLines()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is { } line) _lines.Add(line);
        _lines.CompleteAdding();
    }
}
