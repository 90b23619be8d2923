using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Layout;

/// <summary>
/// Creates and checks the files of a layout: <c>oci-layout</c> and the first <c>index.json</c> (image-spec, image-layout).
/// </summary>
internal static class LayoutFiles
{
    private const long SizeLimit = 1 << 20;
    private const string Version = "1.0.0";

    /// <summary>The content of the file <c>oci-layout</c>.</summary>
    public static ReadOnlySpan<byte> LayoutFile => "{\"imageLayoutVersion\":\"1.0.0\"}"u8;

    /// <summary>Checks the version of a layout. Retries an incomplete file, because other tools write it in place.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidLayout"/>, <see cref="OciErrorKind.UnsupportedVersion"/>.</exception>
    public static void Check(ILayout layout, CancellationToken cancellationToken = default)
    {
        try
        {
            var version = TornFile.Read(() => ReadVersion(layout), cancellationToken);
            if (version != Version) throw Errors.UnsupportedVersion(layout.Root, version, Version);
        }
        catch (JsonException e)
        {
            throw Unreadable(layout.Root, e);
        }
    }

    private static string ReadVersion(ILayout layout)
    {
        var status = layout.Stat(LayoutNames.Layout) ?? throw Errors.NotALayout(layout.Root, "it has no file oci-layout");
        if (status.Kind != FileKind.File) throw Errors.NotALayout(layout.Root, "oci-layout is not a file");
        if (status.Length == 0) throw new JsonException("it is empty"); // not opened, because a FIFO has this length, too
        if (status.Length > SizeLimit) throw Errors.NotALayout(layout.Root, $"oci-layout has {status.Length} bytes, and the limit is {SizeLimit} bytes");
        var bytes = new byte[status.Length];
        try
        {
            using var stream = layout.Open(LayoutNames.Layout);
            _ = stream.Fill(bytes, 0, bytes.Length);
        }
        catch (FileNotFoundException e)
        {
            throw Errors.NotALayout(layout.Root, "oci-layout is no longer a file", e);
        }

        return Json.Guard(() => ReadVersion(bytes));
    }

    /// <summary>Checks the content of an <c>oci-layout</c> file.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidLayout"/>, <see cref="OciErrorKind.UnsupportedVersion"/>.</exception>
    public static void CheckVersion(byte[] bytes, string root)
    {
        try
        {
            var version = Json.Guard(() => ReadVersion(bytes));
            if (version != Version) throw Errors.UnsupportedVersion(root, version, Version);
        }
        catch (JsonException e)
        {
            throw Unreadable(root, e);
        }
    }

    /// <summary>Refuses to write an output file over a file of a layout.</summary>
    public static void RefuseOwnFile(IFileReader files, string path)
    {
        var name = Path.GetFileName(path);
        for (var directory = Path.GetDirectoryName(path); !string.IsNullOrEmpty(directory); name = Path.GetFileName(directory), directory = Path.GetDirectoryName(directory))
        {
            var isOwn = LayoutNames.All.Contains(name, StringComparer.OrdinalIgnoreCase);
            if (isOwn && files.Stat(Path.Combine(directory, LayoutNames.Layout)) is not null)
            {
                throw Errors.OutputInLayout(path, name, directory);
            }
        }
    }

    /// <summary>Flushes the files of a layout itself, its directory, and the directories above it.</summary>
    public static void Flush(DirectoryLayout layout, IFileFlusher files)
    {
        TryFlush(files, layout.PathOf(LayoutNames.Layout));

        // Otherwise opening reports the problem.
        if (layout.Stat(LayoutNames.Index) is { Kind: FileKind.File, Length: > 0 }) FlushIndex(layout, files);
        for (var above = Path.GetDirectoryName(layout.Root); above is not null; above = Path.GetDirectoryName(above)) TryFlush(files, above);
    }

    /// <summary>Flushes an index that another process wrote, because it may not have been flushed yet.</summary>
    public static void FlushIndex(DirectoryLayout layout, IFileFlusher files)
    {
        TryFlush(files, layout.PathOf(LayoutNames.Index));
        files.Flush(layout.Root);
    }

    // Files of other users may not be accessible, and on Windows a file that a reader has open cannot be flushed.
    private static void TryFlush(IFileFlusher files, string path)
    {
        try
        {
            files.Flush(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && Native.IsWindows))
        {
        }
    }

    private static string ReadVersion(byte[] bytes)
    {
        if (bytes.AsSpan().SequenceEqual(LayoutFile)) return Version;
        var reader = new Utf8JsonReader(Json.WithoutByteOrderMark(bytes).Span, Json.ReaderOptions);
        reader.Read();
        Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        string? version = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isVersion = reader.ValueTextEquals("imageLayoutVersion"u8);
            reader.Read();
            if (isVersion) version = Json.ReadString(ref reader, "imageLayoutVersion");
            else reader.Skip();
        }

        if (reader.Read()) throw new JsonException("data follows the document");
        return version ?? throw new JsonException("it has no imageLayoutVersion");
    }

    private static OciException Unreadable(string root, JsonException e) => Errors.NotALayout(root, "oci-layout cannot be parsed: " + e.Message.TrimEnd('.'), e);
}
