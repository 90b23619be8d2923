using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>Reads files of one image for a cmdlet, on another thread, and in portions while a list is emitted.</summary>
internal sealed class ImageReading
{
    private const int Portion = 1000;

    private readonly GetOciImageFileCommand _cmdlet;
    private readonly OciImageFiles _files;
    private readonly ImageLayer? _layer;
    private readonly System.Threading.CancellationToken _cancellation;

    public ImageReading(GetOciImageFileCommand cmdlet, OciPlaceInfo store, OciImage image, ImagePathPatterns patterns, ImageLayer? layer)
    {
        _cmdlet = cmdlet;
        _files = new OciImageFiles(image);
        _layer = layer;
        _cancellation = cmdlet.StopToken;
        Store = store;
        Image = image;
        Patterns = patterns;
    }

    public OciPlaceInfo Store { get; }

    public OciImage Image { get; }

    public ImagePathPatterns Patterns { get; }

    private string Activity => $"Reading layers of {Display.Digest(Image.Descriptor.Digest)}";

    /// <summary>Lists the selected files while they are read.</summary>
    public IEnumerable<ImageFile> List()
    {
        using var files = Start().GetEnumerator();
        var portion = new List<ImageFile>();
        do
        {
            portion.Clear();
            _cmdlet.RunReading(Activity, () => Fill(files, portion), Status);
            foreach (var file in portion)
            {
                Patterns.Found(file.Path);
                yield return file;
            }
        }
        while (portion.Count == Portion);
    }

    /// <summary>Returns the files whose content is meant: names after following links, and the files that match wildcards.</summary>
    public List<ImageFile> Contents()
    {
        var listed = _layer is not null || Patterns.HasWildcards ? List().Where(f => f.Kind != ImageFileKind.Directory).ToList() : [];
        if (_layer is not null) return listed;
        var result = Patterns.Names.Select(Resolve).ToList();

        // A listed file is not below a link, so only a link has to be resolved. That reads all layers down to the target.
        result.AddRange(listed.Where(f => !Patterns.Names.Contains(f.Path)).Select(f => f.Kind == ImageFileKind.SymbolicLink ? Resolve(f.Path) : f));
        return [.. result.OfType<ImageFile>()];
    }

    private ImageFile? Resolve(string path)
    {
        ImageFile? file = null;
        var isReported = !_cmdlet.TryFile(path, () => file = _cmdlet.RunReading(Activity, () => _files.Resolve(path, _cancellation), Status));
        if (isReported || file is not null) Patterns.Found(path);
        return file;
    }

    /// <summary>Returns the content of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limit">The largest content. The size of a hard link is known only when its target was read.</param>
    public byte[] Read(ImageFile file, long limit) => _cmdlet.RunReading(
        Activity,
        () =>
        {
            using var memory = new LimitedMemory(file.Path, limit);
            _files.CopyTo(file, memory, _cancellation);
            return memory.ToArray();
        },
        Status);

    /// <summary>Returns the error for content that is too large for text.</summary>
    public static OciException TooLarge(string path, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, $"'{path}' has more than {limit} bytes, which is the limit for text.", path);

    /// <summary>Writes the content of a file to a file on disk.</summary>
    public void WriteFile(ImageFile file, string path, bool replace) => _cmdlet.RunReading(
        $"Writing {path}",
        () =>
        {
            _files.CopyToFile(file, path, replace, _cancellation);
            return true;
        },
        Status);

    // Names alone are settled by the layers at the top. Reading starts with the first file, on the thread that reads.
    private IEnumerable<ImageFile> Start()
    {
        var files = _layer is not null ? _files.ListLayer(_layer, Patterns.Matches, _cancellation)
            : Patterns.IsEmpty || Patterns.HasWildcards ? _files.List(Patterns.IsEmpty ? null : Patterns.Matches, _cancellation)
            : _files.Find(Patterns.Names, _cancellation).Values;
        foreach (var file in files) yield return file;
    }

    private static bool Fill(IEnumerator<ImageFile> files, List<ImageFile> portion)
    {
        while (portion.Count < Portion && files.MoveNext()) portion.Add(files.Current);
        return true;
    }

    private sealed class LimitedMemory(string path, long limit) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > limit) throw TooLarge(path, limit);
            base.Write(buffer, offset, count);
        }
    }

    private WorkStatus Status() => WorkStatus.OfBytes(Display.Digest(Image.Descriptor.Digest), _files.BytesRead, Image.Size);
}
