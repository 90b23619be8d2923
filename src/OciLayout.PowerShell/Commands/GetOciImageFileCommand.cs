using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Lists the files of an image as a container sees them, or reads their content.</summary>
[Cmdlet(VerbsCommon.Get, "OciImageFile", SupportsShouldProcess = true)]
[OutputType(typeof(OciImageFile), typeof(string), typeof(FileInfo))]
public sealed class GetOciImageFileCommand : OciReferenceCmdlet
{
    /// <summary>The largest content that is returned as text: 512 MiB.</summary>
    private const long MemoryLimit = 512L * 1024 * 1024;

    /// <summary>The paths in the image. Wildcards are permitted, also match slashes, and case matters. Without it, all files.</summary>
    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The platform whose image is chosen from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>The layer to list instead of the whole image: its digest, its diff_id, or the first digits of one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Layer { get; set; }

    /// <summary>The file to write the content of one file to. An existing file is replaced only with -Force.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? OutFile { get; set; }

    /// <summary>Emits the content as text. It has to be UTF-8.</summary>
    [Parameter]
    public SwitchParameter AsString { get; set; }

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? Advise(Exception error) => ImageAdvice.For(error) ?? base.Advise(error);

    private protected override string? ThirdParameter => nameof(Path);

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if (AsString && OutFile is not null) throw new OciArgumentException("ConflictingOutput", "-AsString and -OutFile exclude each other.", "Use one of them.");
        var root = Resolve(store, item, allowBarePrefix: true);
        var image = Await($"Reading {item} from {store}", () => new ValueTask<OciImage>(OciImage.SelectAsync(store.Place, root, Platform, Cancellation)));
        var wanted = Path ?? (item.FilePath is { } path ? [WildcardPattern.Escape(path)] : null);
        var reading = new ImageReading(this, store, image, new ImagePathPatterns(wanted), Layer is null ? null : FindLayer(image, Layer));
        if (!AsString && OutFile is null) List(reading);
        else foreach (var file in Contents(reading, item)) Try(file.Path, () => Write(reading, file));
    }

    private void List(ImageReading reading)
    {
        foreach (var file in reading.List()) WriteObject(new OciImageFile(reading.Store, reading.Image, file));
        ReportMissing(reading);
    }

    // A single path is resolved as a program in a container would open it. Directories that wildcards match have no content.
    private List<ImageFile> Contents(ImageReading reading, ItemArgument item)
    {
        if (reading.Patterns.IsEmpty) throw new OciArgumentException("MissingPath", "No file of the image was named.", "Name it with -Path, such as: Get-OciImageFile ./layout app /etc/os-release -AsString");
        var files = Known(reading, item) is { } known ? [known] : reading.Contents();
        ReportMissing(reading);
        if (OutFile is not null && files.Count > 1)
            throw new OciArgumentException("SeveralFiles", $"-OutFile names one file, but {files.Count} files of the image match.", "Pipe the files: Get-OciImageFile ./layout app '/etc/*' | Get-OciImageFile -OutFile { Split-Path -Leaf $_.Path }");
        return files;
    }

    // A file that was piped is read from its own layer, without a search.
    private ImageFile? Known(ImageReading reading, ItemArgument item)
    {
        if (Path is not null || item.Typed is not OciImageFile { Core: { Kind: ImageFileKind.File or ImageFileKind.HardLink } file, Origin: var image } || image.Descriptor.Digest != reading.Image.Descriptor.Digest) return null;
        reading.Patterns.Found(file.Path);
        return file;
    }

    private void Write(ImageReading reading, ImageFile file)
    {
        if (OutFile is null)
        {
            if (file.Size > MemoryLimit) throw ImageReading.TooLarge(file.Path, MemoryLimit);
            WriteObject(ContentText.Decode($"'{file.Path}'", reading.Read(file, MemoryLimit), "Use -OutFile to write the bytes to a file."));
            return;
        }

        var target = PathResolver.Literal(SessionState, OutFile);
        OutputFile.CheckTarget(target, Force);
        if (!ShouldProcess(target, $"Write {file.Path} ({Display.Size(file.Size)})")) return;
        reading.WriteFile(file, target, Force);
        WriteFile(target);
    }

    private void ReportMissing(ImageReading reading)
    {
        foreach (var name in reading.Patterns.UnmatchedNames)
        {
            WriteError(ErrorTable.Record(
                new OciException(OciErrorKind.NotFound, $"The image {reading.Image.Descriptor.Digest} has no file '{name}'.", name),
                name,
                $"List the files: Get-OciImageFile {CommonAdvice.Quote(StoreText ?? "./layout")} {CommonAdvice.Quote(Reference?[0].ToString() ?? "app")}{(Platform is null ? "" : $" -Platform {Platform}")}. Paths are case-sensitive."));
        }
    }

    private static ImageLayer FindLayer(OciImage image, string text)
    {
        var found = image.Layers.Where(l => IsNamed(l.Descriptor.Digest, text) || (l.DiffId is { } id && IsNamed(id, text))).ToList();
        if (found.Select(l => l.Descriptor.Digest).Distinct().Count() == 1) return found[0];
        throw found.Count == 0
            ? new OciException(OciErrorKind.NotFound, $"The image {image.Descriptor.Digest} has no layer '{text}'.", text) { Expected = "a layer" }
            : new OciException(OciErrorKind.AmbiguousReference, $"'{text}' is the beginning of the digests of {found.Count} layers.", text);
    }

    private static bool IsNamed(Digest digest, string text) =>
        text.Length >= 7 && (digest.ToString().StartsWith(text, StringComparison.Ordinal) || digest.Encoded.StartsWith(text, StringComparison.Ordinal));

    /// <summary>Canceled when the pipeline is stopped.</summary>
    internal System.Threading.CancellationToken StopToken => Cancellation;

    /// <summary>Runs work for one file. Writes its error, so that the other files are read.</summary>
    /// <returns>Whether the work succeeded.</returns>
    internal bool TryFile(string path, Action work) => Try(path, work);

    /// <summary>Runs slow work of this cmdlet with progress.</summary>
    internal T RunReading<T>(string activity, Func<T> work, Func<WorkStatus> status) => Run(activity, work, status);
}
