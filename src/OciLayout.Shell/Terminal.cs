using System;
using System.IO;
using System.Text;

namespace OciLayout.Shell;

/// <summary>Where the host writes and whom it can ask: the console of this process, or what a test puts in its place.</summary>
internal sealed class Terminal
{
    /// <summary>Width of lines where there is no window to ask, in characters.</summary>
    public const int DefaultWidth = 120;

    private const int MinimumWidth = 80;

    /// <summary>What people came for: formatted objects, warnings, verbose messages, <c>What if:</c>.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Reads a line of an answer, null at the end; null itself where nobody is there to answer.</summary>
    public Func<string?>? ReadLine { get; init; }

    /// <summary>Width of a line, in characters.</summary>
    public int Width { get; init; } = DefaultWidth;

    /// <summary>Whether colours and the like may be written.</summary>
    public bool Ansi { get; init; }

    /// <summary>Whether progress is drawn, over and over in one line.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>The console, as far as it is one: nothing is drawn into files and pipes, and nothing is asked of them.</summary>
    public static Terminal OfConsole()
    {
        if (OperatingSystem.IsWindows())
            Console.OutputEncoding = Encoding.UTF8;

        bool plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new Terminal
        {
            Output = Console.Out,
            Error = Console.Error,
            ReadLine = Console.IsInputRedirected ? null : Console.ReadLine,
            Width = Console.IsOutputRedirected ? DefaultWidth : Math.Max(MinimumWidth, Console.WindowWidth),
            Ansi = !plain && !Console.IsOutputRedirected && !Console.IsErrorRedirected,
            ShowsProgress = !plain && !Console.IsErrorRedirected,
        };
    }
}
