using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>Formats numbers and names for display in views and <c>-WhatIf</c> messages. Objects keep the raw values.</summary>
public static class Display
{
    private const int ShownHexDigits = 12;

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Returns a number of bytes in the largest binary unit in which it is at least one.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        // Rounded to one decimal, 1023.95 would be shown as 1024.0 of the smaller unit.
        while (Math.Abs(value) >= (unit == 0 ? 1024 : 1023.95) && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>Returns a number of bytes in the largest unit, and the exact number when it is at least 1,024.</summary>
    public static string Bytes(long bytes) =>
        Size(bytes) + (Math.Abs(bytes) < 1024 ? "" : " (" + bytes.ToString(CultureInfo.InvariantCulture) + " bytes)");

    /// <summary>Returns a digest with its first twelve hex digits.</summary>
    public static string Digest(object? digest)
    {
        var text = Text(digest);
        var start = text.IndexOf(':') + 1;
        return text.Length > start + ShownHexDigits ? text.Substring(0, start + ShownHexDigits) : text;
    }

    /// <summary>Returns text of stored content, with characters that are not printable escaped.</summary>
    public static string Text(object? value) => PrintableText.Escape(value?.ToString());

    /// <summary>Returns a comma-separated list of texts, with characters that are not printable escaped.</summary>
    public static string List(IEnumerable? values) => values is null ? "" : string.Join(", ", values.Cast<object?>().Select(Text));

    /// <summary>Returns annotations, one on each line.</summary>
    public static string Annotations(IEnumerable<KeyValuePair<string, string>>? annotations) =>
        annotations is null ? "" : string.Join("\n", annotations.Select(a => Text(a.Key) + "=" + Text(a.Value)));

    /// <summary>Returns a time in UTC, in a form that sorts by time; empty when there is none.</summary>
    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Returns a time in UTC without seconds; empty when there is none.</summary>
    public static string Minute(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Returns environment variables, one on each line.</summary>
    public static string Variables(IDictionary? variables) =>
        variables is null ? "" : string.Join("\n", variables.Cast<DictionaryEntry>().Select(v => v.Value is null ? Text(v.Key) : Text(v.Key) + "=" + Text(v.Value)));

    /// <summary>Returns a media type without the prefix <c>application/</c>.</summary>
    public static string MediaType(string? mediaType) => mediaType is null ? "" : Text(ShortMediaType(mediaType));

    internal static string ShortMediaType(string mediaType)
    {
        const string Prefix = "application/";
        return mediaType.StartsWith(Prefix, StringComparison.Ordinal) ? mediaType.Substring(Prefix.Length) : mediaType;
    }

    internal static string ShortType(string? artifactType, string mediaType) => ShortMediaType(string.IsNullOrEmpty(artifactType) ? mediaType : artifactType!);

    /// <summary>Returns the platform and the type of a descriptor.</summary>
    public static string Type(OciDescriptor? descriptor) => descriptor is null ? "" : (Text(descriptor.Platform) + " " + Text(descriptor.Type)).TrimStart();

    /// <summary>Returns the type of a descriptor in a tree, with a mark for content that the tree shows above.</summary>
    public static string TreeType(OciDescriptor? descriptor)
    {
        if (descriptor is null) return "";
        if (descriptor.IsRepeated) return "(above) " + Type(descriptor);
        if (descriptor.ListedAbove == 0) return Type(descriptor);
        var more = $"({descriptor.ListedAbove.ToString(CultureInfo.InvariantCulture)} more above)";
        return descriptor.Platform is null ? $"{more} {Type(descriptor)}" : $"{Text(descriptor.Platform)} {more} {MediaType(descriptor.MediaType)}";
    }

    /// <summary>Returns the content that a referrer was found for: its tag, if the user named one, its digest and its store.</summary>
    public static string Subject(OciDescriptor? referrer) => referrer is null ? ""
        : $"{(referrer.RootTag is { } tag ? Text(tag) + " " : "")}{(referrer.Root is { } root ? Digest(root.ToString()) : Digest(referrer.Subject))} in {Text(referrer.Store)}";

    /// <summary>Returns the digest, the size, and the platform or media type of a descriptor.</summary>
    public static string Line(OciDescriptor? descriptor) => descriptor is null ? ""
        : $"{Digest(descriptor.Digest)} {Size(descriptor.Size)} {(descriptor.Platform is null ? MediaType(descriptor.MediaType) : Text(descriptor.Platform))}";

    /// <summary>Returns the values or attributes of both sides of a difference between images.</summary>
    public static string Difference(OciImageDifference? difference) => difference switch
    {
        null => "",
        { Kind: ImageDifferenceKind.Layer, Change: not ImageChange.Changed } => "",
        { Kind: ImageDifferenceKind.Layer } => $"{Digest(difference.Reference)} -> {Digest(difference.Difference)}",
        { Change: ImageChange.Changed } => $"{Text(difference.Reference)} -> {Text(difference.Difference)}",
        { Core.File: { } file } => file.Kind == ImageFileKind.File ? "" : Text((difference.Difference ?? difference.Reference)!.Split(',')[0]),
        _ => Text(difference.Difference ?? difference.Reference),
    };

    /// <summary>Returns one line for each of several descriptors.</summary>
    public static string Lines(IEnumerable<OciDescriptor>? descriptors) => descriptors is null ? "" : string.Join("\n", descriptors.Select(Line));

    /// <summary>Returns a number of files with the noun.</summary>
    public static string Files(int count) => Count(count, "file", "files");

    /// <summary>Returns the warning about a tag that several entries have.</summary>
    internal static string LostTagWarning(LostTag lost, string where) =>
        $"Several entries of {where} have the tag '{lost.Tag}'. It names {lost.Winner}; {lost.Digest} is listed without a tag.";

    /// <summary>Returns a count with its noun: <c>1 tag</c>, <c>2 tags</c>.</summary>
    internal static string Count(int count, string one, string many) =>
        count.ToString(CultureInfo.InvariantCulture) + " " + (count == 1 ? one : many);
}
