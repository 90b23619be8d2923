using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Threading;
using OciLayout.Common;

namespace OciLayout.PowerShell;

/// <summary>
/// A cmdlet that stores files, strings or bytes. It stages content as it arrives and publishes it in groups, because flushing many files
/// together costs little more than flushing one. It emits content after publishing it.
/// </summary>
public abstract class OciPushCmdlet : OciBatchCmdlet
{
    private protected const string ValueSet = "Value";

    /// <summary>The largest content from single bytes in the pipeline, which is held in memory: 512 MiB.</summary>
    private const long SingleBytesLimit = 512L * 1024 * 1024;

    /// <summary>The smallest content whose staging shows progress: 16 MiB. Smaller content is staged too quickly to show it.</summary>
    private const long ProgressThreshold = 16L * 1024 * 1024;

    private MemoryStream? _singleBytes;
    private ProgressReport? _progress;
    private Action? _upload;
    private int _inputs;

    /// <summary>The files to store. Wildcards are permitted.</summary>
    [Parameter(ParameterSetName = TypedPath.PathSet, Position = 1)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The files to store. Wildcard characters are literal.</summary>
    [Parameter(ParameterSetName = TypedPath.LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>A string, stored as UTF-8 without a newline, or bytes. Single bytes in the pipeline are joined to one content.</summary>
    [Parameter(ParameterSetName = ValueSet, ValueFromPipeline = true)]
    [ValueTransformation]
    public ValueArgument? Value { get; set; }

    /// <summary>The media type of the content.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MediaTypeCompleter))]
    public string? MediaType { get; set; }

    /// <summary>Annotations, as a hashtable of strings.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    private protected override string? SecondParameter => nameof(Path);

    /// <summary>The parameter that permits only one input, when it was used; otherwise null.</summary>
    private protected abstract string? OneInputParameter { get; }

    /// <summary>The push request for one input.</summary>
    private protected abstract PushRequest Request { get; }

    /// <summary>The kind of content, for messages.</summary>
    private protected abstract string Noun { get; }

    /// <summary>The action in the message of <c>-WhatIf</c>.</summary>
    private protected virtual string Action => $"Store {Noun}";

    /// <summary>Completes and emits content that was published.</summary>
    private protected abstract void Published(OciStoreInfo store, OciBatch batch, PushResult result);

    /// <summary>Sends content to a repository. It is called on another thread and blocks it.</summary>
    private protected abstract Descriptor Send(OciRepository repository, Stream content, Action<long> sent);

    /// <summary>Checks parameters that a registry does not support.</summary>
    private protected virtual void CheckForRegistry(OciPlaceInfo repository)
    {
    }

    /// <summary>Returns the content that a hashtable or a custom object identifies.</summary>
    /// <exception cref="OciArgumentException">This cmdlet does not take such objects.</exception>
    private protected virtual byte[] Serialize(object document) => throw ValueArgument.NotStorable(document);

    /// <summary>Returns the object to emit for content that was stored.</summary>
    private protected virtual OciDescriptor Emitted(OciPlaceInfo place, Descriptor descriptor) => new(place, descriptor);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ValueSet || Value is not null)
        {
            PushValue();
        }
        else if (TypedPath.From(Path, LiteralPath) is { } paths)
        {
            foreach (var path in paths) PushFiles(path);
        }
        else
        {
            Terminate(
                new OciArgumentException("MissingInput", "No content was given: -Path and -Value are missing, and nothing was piped.", $"Write {MyInvocation.MyCommand.Name} ./layout ./file, or pipe files, strings or bytes."),
                null);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        PushSingleBytes();
        _upload?.Invoke();
        _progress?.Complete();
        foreach (var entry in Batches) Try(entry.Key, () => Publish(entry.Key, entry.Value));
        base.EndProcessing();
    }

    private void PushValue()
    {
        if (Value?.SingleByte is { } single)
        {
            _singleBytes ??= new MemoryStream();
            if (_singleBytes.Length >= SingleBytesLimit)
                Terminate(new OciException(OciErrorKind.SizeLimitExceeded, $"More than {Display.Size(SingleBytesLimit)} of single bytes were piped."), null, "Write them to a file first, and store it with -Path.");
            _singleBytes.WriteByte(single);
            return;
        }

        PushSingleBytes();
        Try(Value?.Typed, () =>
        {
            if (Value is null) throw new OciArgumentException("InvalidInput", "The value is null.", "Check the variable. An empty string is stored as empty content.");
            if (Value.Problem is not null) throw Value.Problem;
            if (Value.FilePath is { } path) PushFile(PathResolver.Literal(SessionState, path), Value.Typed);
            else PushBytes(Value.Bytes ?? Serialize(Value.Document!), Value.Typed);
        });
    }

    private void PushBytes(byte[] bytes, object? typed) => Push(Display.Size(bytes.LongLength), typed, () => new MemoryStream(bytes, writable: false));

    private void PushSingleBytes()
    {
        if (_singleBytes is not { } bytes) return;
        _singleBytes = null;
        bytes.Position = 0;
        Try(null, () => Push(Display.Size(bytes.Length), bytes, () => bytes));
    }

    private void PushFiles(TypedPath typed) => Try(typed.Text, () =>
    {
        var files = typed.Resolve(SessionState);
        if (files.Count == 0) WriteVerbose($"No file matches '{typed.Text}'.");
        if (files.Count > 1) CheckOneInput(files.Count);
        foreach (var file in files) Try(files.Count == 1 ? typed.Text : file, () => PushFile(file, typed.Text));
    });

    private void PushFile(string path, object? typed)
    {
        if (Directory.Exists(path)) throw new OciArgumentException("InvalidPath", $"'{path}' is a directory.", $"Store the files in it: Get-ChildItem {CommonAdvice.Quote(typed as string ?? path)} -File | {MyInvocation.MyCommand.Name} -Store {CommonAdvice.Quote(StoreText ?? "./layout")}. New-OciArtifact stores a directory as one artifact.");
        Push(path, typed, () => OpenFile(path));
    }

    private static Stream OpenFile(string path)
    {
        try
        {
            return OciStore.OpenFile(path);
        }
        catch (FileNotFoundException e)
        {
            throw new FileNotFoundException($"The file '{path}' does not exist.", path, e);
        }
    }

    private void Push(string name, object? typed, Func<Stream> open)
    {
        CheckOneInput(1);
        _inputs++;
        var place = StoreFor(null);
        if (place is OciRepositoryInfo) CheckForRegistry(place);
        if (!ShouldProcess($"{name} to {place}", Action)) return;
        if (place is OciRepositoryInfo repository)
        {
            // A parameter for one input delays the upload to the end, when a second input can no longer follow.
            if (OneInputParameter is null) Upload(repository, name, open);
            else _upload = () => Try(typed, () => Upload(repository, name, open));
            return;
        }

        var store = Layout(place);
        _progress ??= new ProgressReport(this, $"Storing to {store}");
        _progress.Show(() => new WorkStatus($"{Display.Count(_inputs, Noun, Noun + "s")}: {name}"));
        var batch = BatchFor(store);
        using (var content = open()) Stage(batch, content, name, typed);
        // A parameter for one input delays publishing to the end, when a second input can no longer follow.
        if (batch.ShouldPublish && OneInputParameter is null) Publish(store, batch);
    }

    private void Upload(OciRepositoryInfo repository, string name, Func<Stream> open)
    {
        using var content = open();
        if (!content.CanSeek) throw new OciArgumentException("InvalidInput", $"'{name}' is not a regular file, and a registry may need its content twice.", "Write it to a file first.");
        var (length, sent) = (content.Length, 0L);
        var descriptor = Run(
            $"Sending {name} to {repository}",
            () => Send(repository.Core, content, count => Interlocked.Add(ref sent, count)),
            () => WithWait(WorkStatus.OfBytes(name, Interlocked.Read(ref sent), length)));
        WriteObject(Emitted(repository, descriptor));
    }

    private void Stage(OciBatch batch, Stream content, string name, object? typed)
    {
        if (!content.CanSeek || content.Length < ProgressThreshold)
        {
            batch.Stage(Request, content, typed, Cancellation);
            return;
        }

        var length = content.Length;
        var read = 0L;
        using var metered = new MeteredStream(content, count => Interlocked.Add(ref read, count));
        Run(
            _progress!,
            () => batch.Stage(Request, metered, typed, Cancellation),
            () => WorkStatus.OfBytes(name, Interlocked.Read(ref read), length));
    }

    private void CheckOneInput(int more)
    {
        if (OneInputParameter is { } parameter && _inputs + more > 1)
            Terminate(new OciArgumentException("OneInputOnly", $"-{parameter} needs one input, but several were given.", $"Store one at a time, or leave out -{parameter}."), null);
    }

    private void Publish(OciStoreInfo store, OciBatch batch)
    {
        foreach (var result in batch.Publish(Cancellation))
        {
            if (result.AlreadyExisted) WriteVerbose($"{result.Descriptor.Digest} was already stored.");
            Published(store, batch, result);
        }
    }

    private protected string? MediaTypeOrNone => string.IsNullOrWhiteSpace(MediaType) ? null : MediaType;

    /// <summary>The annotations as text; null when none were given.</summary>
    private protected IReadOnlyDictionary<string, string>? Annotations => AnnotationReader.Read(Annotation);
}
