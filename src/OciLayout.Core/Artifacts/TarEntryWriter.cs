using System;
using System.Globalization;
using System.IO;
using System.Text;

namespace OciLayout.Artifacts;

/// <summary>
/// Writes a tar whose bytes depend on names, modes and content only: times and owners are zero. Headers are those of POSIX ustar; what does not
/// fit into them goes into a PAX header before.
/// </summary>
internal sealed class TarEntryWriter(Stream target)
{
    private const int Block = 512;
    private const long MaxSize = 8L * 1024 * 1024 * 1024;

    private long _open;
    private int _padding;

    /// <summary>A directory.</summary>
    public void Directory(string name) => Begin(name + "/", '5', 0x1ED, 0, "");

    /// <summary>A symbolic link.</summary>
    public void Link(string name, string target) => Begin(name, '2', 0x1FF, 0, target);

    /// <summary>Begins a file, whose content follows with <see cref="Write"/>.</summary>
    public void File(string name, long size, bool executable) => Begin(name, '0', executable ? 0x1ED : 0x1A4, size, "");

    /// <summary>Content of the file that was begun last.</summary>
    public void Write(byte[] buffer, int count)
    {
        if (count > _open) throw new InvalidOperationException("More content than the header of the entry says.");
        target.Write(buffer, 0, count);
        _open -= count;
        if (_open == 0) Pad();
    }

    /// <summary>Ends the archive.</summary>
    public void Finish() => target.Write(new byte[2 * Block], 0, 2 * Block);

    private void Begin(string name, char type, int mode, long size, string link)
    {
        if (_open > 0) throw new InvalidOperationException("The entry before is not complete.");
        var records = new StringBuilder();
        if (!Fits(name)) records.Append(Record("path", name));
        if (!Fits(link)) records.Append(Record("linkpath", link));
        if (size >= MaxSize) records.Append(Record("size", size.ToString(CultureInfo.InvariantCulture)));
        if (records.Length > 0)
        {
            var pax = Encoding.UTF8.GetBytes(records.ToString());
            Header("PaxHeader", 'x', 0x1A4, pax.Length, "");
            target.Write(pax, 0, pax.Length);
            SetPadding(pax.Length);
            Pad();
        }

        Header(name, type, mode, size, link);
        _open = size;
        SetPadding(size);
    }

    private static bool Fits(string text) => text.Length <= 100 && Encoding.UTF8.GetByteCount(text) == text.Length;

    // "length key=value\n", where the length counts itself.
    private static string Record(string key, string value)
    {
        var rest = $" {key}={value}\n";
        var length = Encoding.UTF8.GetByteCount(rest);
        var total = length + Digits(length);
        if (Digits(total) > Digits(length)) total = length + Digits(total);
        return total.ToString(CultureInfo.InvariantCulture) + rest;
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private void Header(string name, char type, int mode, long size, string link)
    {
        var header = new byte[Block];
        Put(header, 0, 100, name);
        Octal(header, 100, 8, mode);
        Octal(header, 108, 8, 0);
        Octal(header, 116, 8, 0);
        Octal(header, 124, 12, size < MaxSize ? size : 0);
        Octal(header, 136, 12, 0);
        header[156] = (byte)type;
        Put(header, 157, 100, link);
        Put(header, 257, 6, "ustar");
        Put(header, 263, 2, "00");
        for (var i = 148; i < 156; i++) header[i] = (byte)' ';
        var sum = 0;
        foreach (var b in header) sum += b;
        Octal(header, 148, 7, sum);
        target.Write(header, 0, Block);
    }

    // What a PAX header says in full is here for readers that know none: cut, and without what is not ASCII.
    private static void Put(byte[] header, int at, int length, string text)
    {
        for (var i = 0; i < length && i < text.Length; i++) header[at + i] = text[i] < 128 ? (byte)text[i] : (byte)'_';
    }

    private static void Octal(byte[] header, int at, int length, long value) =>
        Put(header, at, length - 1, Convert.ToString(value, 8).PadLeft(length - 1, '0'));

    private void SetPadding(long size) => _padding = (int)((Block - (size % Block)) % Block);

    private void Pad()
    {
        if (_padding > 0) target.Write(new byte[_padding], 0, _padding);
        _padding = 0;
    }
}
