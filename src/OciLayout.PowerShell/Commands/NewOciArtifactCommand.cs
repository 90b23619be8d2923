using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>Packs files and directories into an artifact. With -Subject, the artifact is attached to another manifest.</summary>
[Cmdlet(VerbsCommon.New, "OciArtifact", DefaultParameterSetName = TypedPath.PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class NewOciArtifactCommand : OciBatchCmdlet
{
    private readonly List<string> _files = [];
    private string? _root;
    private bool _failed;

    /// <summary>The files and directories to pack. Wildcards are permitted.</summary>
    [Parameter(ParameterSetName = TypedPath.PathSet, Position = 1)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The files and directories to pack. Wildcard characters are literal.</summary>
    [Parameter(ParameterSetName = TypedPath.LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>The type of the artifact.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ArtifactTypeCompleter))]
    public string? ArtifactType { get; set; }

    /// <summary>The tags of the artifact.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>The manifest that the artifact is attached to.</summary>
    [Parameter]
    [ItemTransformation]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? Subject { get; set; }

    /// <summary>The media type of the files and directories. Without it, their names decide.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MediaTypeCompleter))]
    public string? MediaType { get; set; }

    /// <summary>Annotations of the artifact, as a hashtable of strings.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <summary>The config: a file, or stored content.</summary>
    [Parameter]
    [ItemTransformation]
    public ItemArgument? Config { get; set; }

    /// <summary>
    /// The directory that names in the artifact are relative to. Without it, each name is the last part of its path; piped files of several
    /// directories are relative to the directory that contains all of them.
    /// </summary>
    [Parameter]
    [PathTransformation]
    public string? Root { get; set; }

    private protected override string? SecondParameter => nameof(Path);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseEmpty(nameof(Path), Path);
        RefuseEmpty(nameof(LiteralPath), LiteralPath);
        Tag = TryOrTerminate(Tag, () => WithTagOfStore(Tag));
        CheckTags(Tag);
        _ = TryOrTerminate(Annotation, () => AnnotationReader.Read(Annotation));
        _ = TryOrTerminate(MediaType, () => CheckMediaType(MediaType, "media type"));
        _ = TryOrTerminate(ArtifactType, () => CheckMediaType(ArtifactType, "artifact type"));
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Root))) _root = TryOrTerminate(Root, () => PathResolver.Literal(SessionState, Root ?? ""));
    }

    // An empty variable is a mistake. An artifact without files is made without the parameter.
    private void RefuseEmpty(string parameter, string[]? paths)
    {
        if (!MyInvocation.BoundParameters.ContainsKey(parameter) || paths?.Length > 0) return;
        Terminate(
            new OciArgumentException("MissingPath", $"-{parameter} is empty, so there is nothing to pack.", $"Name a file or directory. To create an artifact without files, leave out -{parameter}."),
            paths);
    }

    private static string? CheckMediaType(string? mediaType, string use)
    {
        if (!string.IsNullOrWhiteSpace(mediaType)) MediaTypes.Check(mediaType!, use);
        return mediaType;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in TypedPath.From(Path, LiteralPath) ?? []) AddFiles(path);
    }

    private void AddFiles(TypedPath typed) => _failed |= !Try(typed.Text, () =>
    {
        var paths = typed.Resolve(SessionState);
        if (paths.Count == 0) throw new FileNotFoundException($"No file or directory matches '{typed.Text}'.", typed.Text);
        // File systems list in any order, and the order of the files decides the digest.
        foreach (var path in paths.OrderBy(p => p, StringComparer.Ordinal))
        {
            if (!File.Exists(path) && !Directory.Exists(path)) throw new FileNotFoundException($"The file or directory '{path}' does not exist.", path);
            _files.Add(path);
        }
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_failed) return; // an artifact without the file that failed is not the one that was requested
        if (_files.Count == 0 && MyInvocation.ExpectingInput)
        {
            WriteWarning("The pipeline contained no files. No artifact was created.");
            return;
        }

        if (MyInvocation.ExpectingInput && _root is null) KeepTree();
        var place = TryOrTerminate(Store?.Typed, () => StoreFor(null));
        Try(place, () => Pack(place));
        base.EndProcessing();
    }

    // Get-ChildItem -Recurse pipes the files of several directories, and possibly these directories.
    private void KeepTree()
    {
        var directories = new HashSet<string>(_files.Where(Directory.Exists), StringComparer.Ordinal);
        _files.RemoveAll(f => Parents(f).Skip(1).Any(directories.Contains)); // a directory is packed with its files
        var common = _files.Select(f => Parents(f).Skip(1).Reverse().ToList()).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x == y ? x : null).TakeWhile(x => x is not null).Select(x => x!)]);
        if (common.Count == 0 || _files.TrueForAll(f => Parents(f).ElementAt(1) == common[^1])) return;
        _root = common[^1];
        WriteVerbose($"Names in the artifact are relative to {_root}. -Root sets another directory.");
    }

    // A path, its directory, and so on up to the root.
    private static IEnumerable<string> Parents(string path)
    {
        for (string? parent = path; !string.IsNullOrEmpty(parent); parent = System.IO.Path.GetDirectoryName(parent)) yield return parent!;
    }

    private void Pack(OciPlaceInfo place)
    {
        foreach (var tag in place is OciRepositoryInfo ? Tag ?? [] : []) RegistryRefusal.CheckTag(place, tag, force: null);
        var subject = Subject is null ? null : Resolve(Subject);
        var annotations = AnnotationReader.Read(Annotation) ?? new Dictionary<string, string>();
        if (Config is null) OciArtifactBuilder.Check(new ArtifactOptions { ArtifactType = ArtifactType, Subject = subject, Annotations = annotations });
        var titles = _files.ConvertAll(TitleOf);
        if (!ShouldProcess(place.Path, DescribeAction(titles, subject))) return;
        var batch = place is OciStoreInfo store ? BatchFor(store) : null;
        var repository = (place as OciRepositoryInfo)?.Core;
        var builder = batch is not null ? new OciArtifactBuilder(batch) : new OciArtifactBuilder(repository!);
        var options = new ArtifactOptions
        {
            ArtifactType = string.IsNullOrEmpty(ArtifactType) ? null : ArtifactType,
            Subject = subject,
            Config = Config is null ? null : ReadConfig(Config, (request, content) => batch is not null ? builder.AddConfig(request, content, Cancellation) : Send(place, repository!, request, content)),
            Annotations = annotations,
        };
        OciArtifactBuilder.Check(options);
        var (packed, packedBytes) = (0, 0L);
        var current = new LastReport<long>();
        var size = _files.TrueForAll(File.Exists) ? _files.Sum(f => new FileInfo(f).Length) : (long?)null;
        var before = (place as OciStoreInfo)?.Core.Reader is { } reader ? (Tag ?? []).Select(t => (Tag: t, reader.FindTag(t)?.Digest)).ToList() : [];
        var artifact = Run(
            $"Packing an artifact into {place}",
            () =>
            {
                for (; packed < _files.Count; packed++)
                {
                    builder.Add(_files[packed], string.IsNullOrWhiteSpace(MediaType) ? null : MediaType, titles[packed], current, Cancellation);
                    Interlocked.Add(ref packedBytes, current.Value);
                    current.Report(0);
                }

                return builder.Build(options, Tag ?? [], Cancellation);
            },
            () => WithWait(Progress(packed, Interlocked.Read(ref packedBytes) + current.Value, size)));
        foreach (var (tag, digest) in before.Where(b => b.Digest != artifact.Digest)) WriteMoved((OciStoreInfo)place, tag, digest, artifact.Digest);
        WriteObject(new OciDescriptor(place, artifact));
    }

    private WorkStatus Progress(int packed, long bytes, long? size)
    {
        if (packed == _files.Count) return new WorkStatus("Storing the manifest");
        var file = $"{packed + 1} of {_files.Count}: {_files[packed]}";
        return size is { } all ? WorkStatus.OfBytes(file, bytes, all) : WorkStatus.OfBytes(file, bytes);
    }

    private string TitleOf(string path)
    {
        if (_root is null) return System.IO.Path.GetFileName(path.TrimEnd(System.IO.Path.DirectorySeparatorChar, System.IO.Path.AltDirectorySeparatorChar));
        var root = _root.TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar;
        var comparison = System.IO.Path.DirectorySeparatorChar == '\\' ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (path.StartsWith(root, comparison) && path.Length > root.Length) return path.Substring(root.Length).Replace(System.IO.Path.DirectorySeparatorChar, '/');
        throw new OciArgumentException("InvalidPath", $"'{path}' is not below the root '{_root}'.", "Set -Root to a directory that contains all files.");
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Actual: ArtifactErrors.OtherProcess or ArtifactErrors.SpecialFile } => base.Advise(error),
        OciException { Kind: OciErrorKind.AlreadyExists } => "Rename one of the files, pack the directory that contains both, or use -Root to keep their paths.",
        OciException { Kind: OciErrorKind.UnsafePath } => "Rename the file. A symbolic link has to lead to something in the packed directory.",
        OciException { Kind: OciErrorKind.InvalidManifest, Subject: AnnotationKeys.Created } => "Use a date such as '2026-01-31T12:00:00Z', or a DateTime object.",
        OciException { Kind: OciErrorKind.InvalidManifest } => "Add -ArtifactType, such as -ArtifactType application/vnd.contoso.app.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Actual: "a symbolic link" } => "Use PowerShell 7.4 or later, or replace the link by its target.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => "Use a manifest or index as -Subject.",
        FileNotFoundException { InnerException: OciException } => "Check the path, or use the tag or the digest of a stored config as -Config.",
        FileNotFoundException => "Check the path. To create an artifact without files, leave out -Path.",
        _ => base.Advise(error),
    };

    private string DescribeAction(List<string> titles, Descriptor? subject) =>
        $"Pack {Display.Count(_files.Count, "file or directory", "files and directories")} ({string.Join(", ", titles)})"
        + (subject is null ? "" : $", attach it to {subject.Digest}")
        + (Tag is null ? "" : $" and tag it {string.Join(", ", Tag)}");

    private Descriptor Resolve(ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        var store = StoreFor(item.Store);
        return Remember(item, Await($"Resolving {item} in {store}", () => item.ResolveAsync(store, allowBarePrefix: false, Cancellation)));
    }

    private Descriptor ResolveConfig(ItemArgument config, string path)
    {
        try
        {
            return Resolve(config);
        }
        catch (OciException e) when (e.Kind is OciErrorKind.NotFound or OciErrorKind.InvalidReference or OciErrorKind.InvalidDigest)
        {
            throw new FileNotFoundException($"'{path}' is not a file, and the store has no tag or content '{config}'.", path, e);
        }
    }

    // A text names a file when the file exists, as with oras. An object has its own media type.
    private Descriptor ReadConfig(ItemArgument config, Func<PushRequest, Stream, Descriptor> push)
    {
        if ((config.Text ?? (config.IsStoreOnly ? config.Store!.Text : null)) is not { } typed) return Resolve(config);
        var path = PathResolver.Literal(SessionState, typed);
        if (!File.Exists(path)) return ResolveConfig(config, path);
        using var content = OciStore.OpenFile(path);
        return push(new PushRequest { MediaType = MediaTypes.UnknownConfig }, content);
    }

    private Descriptor Send(OciPlaceInfo place, OciRepository repository, PushRequest request, Stream content) =>
        Await($"Sending the config to {place}", () => new System.Threading.Tasks.ValueTask<Descriptor>(repository.PushBlobAsync(request, content, _ => { }, Cancellation)));
}
