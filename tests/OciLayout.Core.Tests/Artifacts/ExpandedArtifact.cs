using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Testing;

namespace OciLayout.Tests.Artifacts;

/// <summary>A layout with an artifact, and a directory to unpack it to.</summary>
internal sealed class ExpandedArtifact : IDisposable
{
    private readonly TestLayout _layout = new();
    private readonly TemporaryDirectory _place = new();
    private readonly List<Descriptor> _layers = [];

    public TestLayout Layout => _layout;

    public string Out => _place["out"];

    public string this[params string[] names] => _place[names];

    public ExpandedArtifact File(string title, string content = "content")
    {
        _layers.Add(Titled(_layout.PushBlob(content), title));
        return this;
    }

    /// <summary>Adds a layer that is marked as an archive to unpack, with any content.</summary>
    public ExpandedArtifact Layer(string title, byte[] content)
    {
        var layer = Titled(_layout.WriteBlob(content), title);
        _layers.Add(new Descriptor(layer.MediaType, layer.Digest, layer.Size) { Annotations = new Dictionary<string, string>(layer.Annotations) { [AnnotationKeys.Unpack] = "true" } });
        return this;
    }

    public ExpandedArtifact Packed(string title, byte[] tar)
    {
        var layer = Titled(_layout.WriteBlob(Archive.Compress(tar)), title);
        _layers.Add(new Descriptor(layer.MediaType, layer.Digest, layer.Size)
        {
            Annotations = new Dictionary<string, string>(layer.Annotations) { [AnnotationKeys.Unpack] = "true", [AnnotationKeys.ContentDigest] = Digest.Compute(tar).ToString() },
        });
        return this;
    }

    public ExpandedArtifact Packed(string title, Archive archive) => Packed(title, archive.ToTar());

    public IReadOnlyList<string> Expand(ExpandOptions? options = null, Func<string, IFolder>? open = null, System.Threading.CancellationToken cancellationToken = default)
    {
        var artifact = _layout.PushManifest(TestDocument.Image(_layout.PushBlob("{}"), [.. _layers]));
        var expansion = new OciExpansion(_layout.Store, options, open ?? Folder.Open);
        return expansion.Run(expansion.Plan(artifact, cancellationToken), Out, cancellationToken: cancellationToken);
    }

    /// <summary>Returns everything below the directory as text: names, and the content of files or the targets of links.</summary>
    public string Tree() => string.Join("\n", new DirectoryInfo(_place.Path).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Select(i => $"{Path.GetRelativePath(_place.Path, i.FullName)}: {(i.LinkTarget ?? (i is FileInfo ? System.IO.File.ReadAllText(i.FullName) : "/"))}").Order(StringComparer.Ordinal));

    public void Dispose()
    {
        _layout.Dispose();
        _place.Dispose();
    }

    private static Descriptor Titled(Descriptor layer, string title) =>
        new(layer.MediaType, layer.Digest, layer.Size) { Annotations = new Dictionary<string, string> { [AnnotationKeys.Title] = title } };
}
