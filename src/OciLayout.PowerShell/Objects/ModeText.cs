using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Creates the modes of emitted objects: text as <c>ls</c> shows it, with the permission bits as a property.</summary>
internal static class ModeText
{
    private const int SetUser = 0x800, SetGroup = 0x400, Sticky = 0x200;

    public static PSObject Of(ImageFile file)
    {
        var type = file.Kind switch
        {
            ImageFileKind.Directory => 'd',
            ImageFileKind.SymbolicLink => 'l',
            ImageFileKind.Fifo => 'p',
            ImageFileKind.Device => file.IsBlockDevice ? 'b' : 'c',
            _ => '-',
        };
        var mode = file.Mode;
        var text = new PSObject(new string(
        [
            type, Read(mode, 6), Write(mode, 6), Execute(mode, 6, SetUser, 's'), Read(mode, 3), Write(mode, 3), Execute(mode, 3, SetGroup, 's'), Read(mode, 0), Write(mode, 0),
            Execute(mode, 0, Sticky, 't'),
        ]));
        text.Properties.Add(new PSNoteProperty("Number", mode));
        return text;
    }

    private static char Read(int mode, int shift) => (mode >> shift & 4) != 0 ? 'r' : '-';

    private static char Write(int mode, int shift) => (mode >> shift & 2) != 0 ? 'w' : '-';

    private static char Execute(int mode, int shift, int special, char mark)
    {
        var isExecutable = (mode >> shift & 1) != 0;
        return (mode & special) == 0 ? isExecutable ? 'x' : '-' : isExecutable ? mark : char.ToUpperInvariant(mark);
    }
}
