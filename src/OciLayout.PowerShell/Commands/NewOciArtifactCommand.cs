using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Packs files and directories into an artifact; with -Subject it is attached to something.
/// </summary>
[Cmdlet(VerbsCommon.New, "OciArtifact", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class NewOciArtifactCommand : OciBatchCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private readonly List<string> _files = [];
    private bool _failed;

    /// <summary>The files and directories to pack; wildcards are read.</summary>
    [Parameter(ParameterSetName = PathSet, Position = 1)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The files and directories to pack; brackets and asterisks mean themselves.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>The type of the artifact.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ArtifactTypeCompleter))]
    public string? ArtifactType { get; set; }

    /// <summary>The tags that the artifact gets.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>What the artifact is attached to.</summary>
    [Parameter]
    [ItemTransformation]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? Subject { get; set; }

    /// <summary>The media type of the files and directories. Without it their names say.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MediaTypeCompleter))]
    public string? MediaType { get; set; }

    /// <summary>Annotations of the artifact, as a hashtable of strings.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <summary>The config: a file, or content of the store.</summary>
    [Parameter]
    [ItemTransformation]
    public ItemArgument? Config { get; set; }

    private protected override string? SecondParameter => nameof(Path);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        foreach (var tag in Tag ?? [])
        {
            Must(tag, () =>
            {
                OciLayout.OciStore.CheckTag(tag);
                return tag;
            });
        }

        _ = Must(Annotation, () => AnnotationReader.Read(Annotation));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var typed in LiteralPath ?? []) Take(typed, () => [PathResolver.Literal(SessionState, typed)]);
        if (LiteralPath is not null) return;
        // Directories list in any order, and the order of the files decides on the digest.
        foreach (var typed in Path ?? []) Take(typed, () => PathResolver.Wildcard(SessionState, typed).OrderBy(p => p, StringComparer.Ordinal));
    }

    private void Take(string typed, Func<IEnumerable<string>> paths) => _failed |= !Try(typed, () =>
    {
        foreach (var path in paths())
        {
            if (!File.Exists(path) && !Directory.Exists(path)) throw new FileNotFoundException($"There is no file or directory '{path}'.", path);
            _files.Add(path);
        }
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // An artifact without the file that failed would be another one than was asked for.
        if (_failed) return;
        if (_files.Count == 0 && (MyInvocation.ExpectingInput || Path is not null))
        {
            WriteWarning("Nothing was packed: no file came.");
            return;
        }

        var store = StoreFor(null);
        Try(store, () => Pack(store));
        base.EndProcessing();
    }

    private void Pack(OciStore store)
    {
        var subject = Subject is null ? null : Resolve(Subject);
        if (string.IsNullOrEmpty(ArtifactType) && Config is null) OciArtifactBuilder.Check(new ArtifactOptions { Subject = subject });
        if (!ShouldProcess(store.Path, Action(subject))) return;
        var batch = BatchFor(store);
        var options = new ArtifactOptions
        {
            ArtifactType = string.IsNullOrEmpty(ArtifactType) ? null : ArtifactType,
            Subject = subject,
            Config = Config is null ? null : ReadConfig(batch, Config),
            Annotations = AnnotationReader.Read(Annotation) ?? new Dictionary<string, string>(),
        };
        OciArtifactBuilder.Check(options);
        var builder = new OciArtifactBuilder(batch);
        var packed = 0;
        var artifact = Run(
            $"Packing an artifact into {store}",
            () =>
            {
                for (; packed < _files.Count; packed++) builder.Add(_files[packed], string.IsNullOrWhiteSpace(MediaType) ? null : MediaType, Cancellation);
                return builder.Build(options, Cancellation);
            },
            () => packed < _files.Count ? new WorkStatus($"{packed} of {_files.Count}: {_files[packed]}", packed * 100 / _files.Count) : new WorkStatus("Storing the manifest"));
        foreach (var tag in Tag ?? []) batch.Tag(artifact, tag ?? "", Cancellation);
        WriteObject(new OciDescriptor(store, artifact));
    }

    private string Action(Descriptor? subject) =>
        $"Pack {Display.Count(_files.Count, "file or directory", "files and directories")} ({string.Join(", ", _files.ConvertAll(f => System.IO.Path.GetFileName(f)))})"
        + (subject is null ? "" : $", attach it to {subject.Digest}")
        + (Tag is null ? "" : $" and tag it {string.Join(", ", Tag)}");

    private Descriptor Resolve(ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        return item.Resolve(StoreFor(item.Store), allowBarePrefix: false, Cancellation);
    }

    // What is typed means a file when there is one, as with oras; an object has its own media type.
    private Descriptor ReadConfig(OciBatch batch, ItemArgument config)
    {
        if ((config.Text ?? (config.IsStoreOnly ? config.Store!.Text : null)) is not { } typed) return Resolve(config);
        var path = PathResolver.Literal(SessionState, typed);
        if (!File.Exists(path)) return Resolve(config);
        using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return batch.Push(new PushRequest { MediaType = MediaTypes.UnknownConfig }, content, Cancellation).Descriptor;
    }
}
