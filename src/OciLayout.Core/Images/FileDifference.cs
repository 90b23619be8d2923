using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Compares two files of one path: the type, size, mode, owner, link target and content, but not the time.</summary>
internal static class FileDifference
{
    private const int ShownHexDigits = 12;

    /// <summary>Returns the difference; null when the files are equal.</summary>
    public static ImageDifference? Of(ImageFile? before, ImageFile? after)
    {
        if (before is null) return Row(ImageChange.Added, after!, null, string.Join(", ", Attributes(after!)));
        if (after is null) return Row(ImageChange.Removed, before, string.Join(", ", Attributes(before)), null);
        if (before.Layer.Descriptor.Digest == after.Layer.Descriptor.Digest) return null; // it is the same entry
        if (Type(before) != Type(after)) return Row(ImageChange.Changed, after, string.Join(", ", Attributes(before)), string.Join(", ", Attributes(after)));
        var (old, now) = (Attributes(before).ToArray(), Attributes(after).ToArray());
        var differing = Enumerable.Range(0, old.Length).Where(i => old[i] != now[i]).ToList();
        if (differing.Count > 0) return Row(ImageChange.Changed, after, string.Join(", ", differing.Select(i => old[i])), string.Join(", ", differing.Select(i => now[i])));
        return before.Content is { } one && after.Content is { } other && !one.Equals(other) ? Row(ImageChange.Changed, after, Text(one), Text(other)) : null;
    }

    public static ImageDifference Same(ImageFile file)
    {
        var text = string.Join(", ", Attributes(file));
        return Row(ImageChange.Same, file, text, text);
    }

    // Files of one type have the same attributes in the same order.
    private static IEnumerable<string> Attributes(ImageFile file)
    {
        yield return Type(file);
        if (file.Kind == ImageFileKind.File) yield return $"size {file.Size.ToString(CultureInfo.InvariantCulture)}";
        if (file.LinkTarget is not null) yield return $"target {file.LinkTarget}";
        if (file.Kind == ImageFileKind.Device) yield return $"device {file.Device.Major}:{file.Device.Minor}";
        if (file.Kind != ImageFileKind.SymbolicLink) yield return $"mode {Convert.ToString(file.Mode, 8).PadLeft(4, '0')}"; // Linux ignores that of a link
        yield return $"owner {file.UserId}:{file.GroupId}";
    }

    private static string Type(ImageFile file) => file.Kind switch
    {
        ImageFileKind.Directory => "directory",
        ImageFileKind.SymbolicLink => "symbolic link",
        ImageFileKind.HardLink => "hard link",
        ImageFileKind.Device => file.IsBlockDevice ? "block device" : "character device",
        ImageFileKind.Fifo => "named pipe",
        _ => "file",
    };

    private static string Text(Hash256 content)
    {
        Span<char> digits = stackalloc char[Hash256.HexLength];
        content.Write(digits);
        return "content sha256:" + digits.Slice(0, ShownHexDigits).ToString();
    }

    private static ImageDifference Row(ImageChange change, ImageFile file, string? reference, string? difference) =>
        new(ImageDifferenceKind.File, change, file.Path, reference, difference) { Size = file.Kind == ImageFileKind.File ? file.Size : null, File = file };
}
