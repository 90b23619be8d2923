using System;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace OciLayout.Shell;

/// <summary>The little of a screen that the engine's formatting needs: how wide it is.</summary>
internal sealed class ShellHostRawUserInterface(Terminal terminal) : PSHostRawUserInterface
{
    private const int Height = 50;

    public override Size BufferSize { get; set; } = new(terminal.Width, Height);

    public override Size WindowSize { get; set; } = new(terminal.Width, Height);

    public override Size MaxWindowSize => WindowSize;

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override Coordinates WindowPosition { get; set; }

    public override Coordinates CursorPosition { get; set; }

    public override int CursorSize { get; set; } = 25;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override string WindowTitle { get; set; } = "OciLayout";

    public override bool KeyAvailable => false;

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw NotAScreen();

    public override void FlushInputBuffer()
    {
        // Keys are read by the line, and nothing is kept.
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw NotAScreen();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw NotAScreen();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw NotAScreen();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw NotAScreen();

    private static PSNotSupportedException NotAScreen() => new("This shell writes lines; it draws on no screen.");
}
