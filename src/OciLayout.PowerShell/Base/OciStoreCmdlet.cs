using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on a store: the store of a piped object, the store of the parameter, or the current directory.</summary>
public abstract class OciStoreCmdlet : OciCmdlet
{
    // The number of tags that are resolved at the same time.
    private const int Lookups = 8;

    // A digest in a message, unless its tag follows in parentheses: the library names some tags.
    private static readonly Regex DigestText = new(@"\bsha(256:[0-9a-f]{64}|512:[0-9a-f]{128})\b(?! \()", RegexOptions.CultureInvariant);

    private readonly Dictionary<string, OciPlaceInfo> _opened = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private OciPlaceInfo? _given;
    private bool _isDefault;

    /// <summary>
    /// The store: an object of Get-OciStore, or a path. Without it, the store of the piped object or the current directory.
    /// </summary>
    [Parameter(Position = 0)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public virtual StoreArgument? Store { get; set; }

    /// <summary>Whether the given store is opened before any input is processed.</summary>
    private protected virtual bool OpensBeforeInput => true;

    /// <summary>The parameter that the user probably meant when the first argument is not a store.</summary>
    private protected virtual string? SecondParameter => null;

    /// <summary>The parameter with the third position.</summary>
    private protected virtual string? ThirdParameter => null;

    private protected override string? StoreText => Store?.Text;

    private protected override string? StorePath => Store?.FullPath(SessionState);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Store is null) return;
        // A default may not be needed, because piped objects have their own store.
        _isDefault = DefaultStore.IsDefault(SessionState, Store.Typed);
        if (!_isDefault && OpensBeforeInput) _given = OpenGiven();
    }

    /// <summary>Returns the store for an object, or the given store when the object has none.</summary>
    /// <exception cref="OciArgumentException">The object came from another store than the given one.</exception>
    /// <exception cref="OciException">The store cannot be opened.</exception>
    private protected OciPlaceInfo StoreFor(StoreArgument? own)
    {
        if (own is null) return _given ??= OpenGiven();
        var store = Open(own);
        if (Store is null) return store;
        if (_isDefault)
        {
            if (_given?.IsSame(store) != true) WriteVerbose($"Using the store of the piped object, {store}, not the default {Store}.");
            return store;
        }

        if (_given!.IsSame(store)) return store;
        throw new OciArgumentException(
            "StoreMismatch",
            $"The piped object belongs to the store '{store}', and -Store is '{Store}'.",
            $"Leave out -Store, because a piped object has its own store. To use its tag and digest in another store, pipe them without the store: ... | Select-Object Tag, Digest | {MyInvocation.MyCommand.Name} -Store {CommonAdvice.Quote(Store.Text)}.");
    }

    /// <summary>Returns the store when a store was piped. An object that a parameter names has to belong to it.</summary>
    private protected OciPlaceInfo StoreFor(StoreArgument? piped, StoreArgument? own)
    {
        var store = StoreFor(piped);
        if (own is null || Open(own) is var other && other.IsSame(store)) return store;
        throw new OciArgumentException("StoreMismatch", $"The content belongs to the store '{other}', but the store '{store}' was piped.", "Use content of one store.");
    }

    /// <summary>The store that was given explicitly; null when it is a default or was not given.</summary>
    private protected OciPlaceInfo? ExplicitStore => _isDefault ? null : _given;

    /// <summary>Opens a store, once for each path.</summary>
    private protected OciPlaceInfo Open(StoreArgument argument)
    {
        if (argument.Store is { } store) return store;
        var path = argument.FullPath(SessionState);
        if (_opened.TryGetValue(path, out var opened)) return opened;
        WriteVerbose($"Opening the store {path}.");
        opened = argument.Registry is { } repository ? new OciRepositoryInfo(repository) : new OciStoreInfo(OpenCore(path));
        _opened.Add(path, opened);
        return opened;
    }

    /// <summary>Returns a layout. Refuses a repository of a registry, which this cmdlet cannot work on.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedOperation"/>: the place is a repository.</exception>
    private protected OciStoreInfo Layout(OciPlaceInfo place) => place as OciStoreInfo ?? throw RegistryRefusal.For(this, place.Path);

    /// <summary>Opens a layout by its path.</summary>
    private protected virtual OciStore OpenCore(string path) => OciStore.Open(path, null, Cancellation);

    /// <summary>Lists the tags of a repository in ordinal order.</summary>
    private protected IReadOnlyList<string> TagNames(OciRepositoryInfo repository, string? after = null) =>
        Await($"Listing the tags of {repository}", () => new ValueTask<IReadOnlyList<string>>(repository.Core.GetTagsAsync(after, Cancellation)));

    /// <summary>Resolves tags of a repository in their order, eight at the same time. Reports tags that cannot be resolved.</summary>
    private protected IEnumerable<(string Tag, Descriptor Descriptor)> RepositoryTags(OciRepositoryInfo repository, IReadOnlyList<string> tags)
    {
        var core = repository.Core;
        var running = new Queue<Task<Descriptor>>();
        for (int next = 0, done = 0; done < tags.Count; done++)
        {
            Cancellation.ThrowIfCancellationRequested();
            for (; next < tags.Count && running.Count < Lookups; next++) running.Enqueue(StartLookup(tags[next]));
            var lookup = running.Dequeue();
            Descriptor? descriptor = null;
            Try(tags[done], () => descriptor = Await($"Resolving the tags of {repository}", () => new ValueTask<Descriptor>(lookup)));
            if (descriptor is not null) yield return (tags[done], descriptor);
        }

        Task<Descriptor> StartLookup(string tag) => Logged(() => core.ResolveAsync(tag, Cancellation));
    }

    /// <summary>Remembers the tag by which the user named content, for messages about its digest.</summary>
    private protected Descriptor Remember(ItemArgument item, Descriptor content)
    {
        if (item.TagOf(content) is { Length: > 0 } tag) _names[content.Digest.ToString()] = tag;
        return content;
    }

    // A message of the library names content by its digest. The user typed a tag.
    private protected override string Describe(Exception error, object? target)
    {
        var message = base.Describe(error, target);
        return error is OciException && _names.Count > 0 ? DigestText.Replace(message, found => _names.TryGetValue(found.Value, out var tag) ? $"'{tag}' ({found.Value})" : found.Value) : message;
    }

    /// <summary>Runs work that may read many manifests, and shows their number as progress.</summary>
    private protected T RunReading<T>(OciPlaceInfo place, string activity, Func<T> work)
    {
        if (place is not OciStoreInfo store) return Run(activity, work, () => new WorkStatus(RequestStatus));
        var before = store.Core.ManifestsRead;
        return Run(activity, work, () => new WorkStatus($"{store.Core.ManifestsRead - before} manifests read"));
    }

    /// <summary>Returns the tags to set. A tag in the reference to a repository is the tag to set.</summary>
    private protected string[]? WithTagOfStore(string[]? tags)
    {
        if (Store?.Registry is not { } registry || Store.Content is null) return tags;
        if (!registry.Digest.IsEmpty) throw new OciArgumentException("InvalidDestination", $"'{Store}' has a digest, and new content has its own digest.", $"Write {registry.ToRepositoryString()}.");
        if (tags is null || tags.SequenceEqual([registry.Tag])) return [registry.Tag!];
        throw new OciArgumentException("TwoReferences", $"'{Store}' has a tag, and -Tag names others.", "Leave out one of them.");
    }

    private OciPlaceInfo OpenGiven()
    {
        if (Store is { } given) return TryOrTerminate(given.Typed, () => Open(given), e => StoreAdvice(given, e));
        if (DefaultStore.FromLocation(SessionState) is { } current)
        {
            WriteVerbose($"Using the current directory, {current}, as the store.");
            return TryOrTerminate(current, () => Open(StoreArgument.From(current)));
        }

        Terminate(
            new OciArgumentException(
                "MissingStore",
                "No store was given, and the current directory is not an OCI image layout.",
                "Write -Store with a path or oci://host/repository, pipe an object that has a store, or set a default: $PSDefaultParameterValues['*-Oci*:Store'] = './layout'."),
            null);
        return null;
    }

    /// <summary>Splits <c>path:tag</c>, as other tools write the tag of a layout; null when the path is not a layout.</summary>
    private protected (string Path, string Tag)? SplitTag(StoreArgument argument)
    {
        var colon = argument.Text.LastIndexOf(':');
        if (argument.Store is not null || argument.Registry is not null || colon < 2 || colon == argument.Text.Length - 1) return null;
        var path = argument.Text.Substring(0, colon);
        return LayoutPath.Exists(PathResolver.Literal(SessionState, path)) ? (path, argument.Text.Substring(colon + 1)) : null;
    }

    private string? StoreAdvice(StoreArgument given, Exception error)
    {
        if (error is OciException { Kind: not OciErrorKind.NotFound and not OciErrorKind.InvalidLayout }) return null;
        if (error is OciException { Subject: { } path } && CommonAdvice.IsDamagedLayout(path)) return null;
        if (error is OciException { Kind: OciErrorKind.InvalidLayout, Actual: not null }) return null;
        if (PathResolver.AdviceForOtherSyntax(given.Text) is { } advice) return advice;
        if (PathResolver.RegistryLike(given.Text) is { } registry) return $"Check the path. A registry is written {registry}.";
        var isContent = SecondParameter is "Tag" or "Reference" or "Digest";
        if (isContent && SplitTag(given) is var (layout, tag))
            return $"Write the path and the tag as two arguments: {MyInvocation.MyCommand.Name} {CommonAdvice.Quote(layout)} {CommonAdvice.Quote(tag)}.";
        if (given.Store is null && !_isDefault && !(isContent && CommonAdvice.IsPath(given.Text)) && AsSecondArgument(given) is { } line)
            return DefaultStore.Exists(SessionState, MyInvocation.MyCommand.Name) ? $"The first argument is the store. To use the default store or the current directory, write {line}." : $"Check the path. The first argument is the store: if '{given}' is not one, write {line}.";
        return error is OciException { Kind: OciErrorKind.NotFound } && MyInvocation.MyCommand is CmdletInfo { Verb: VerbsCommon.New or VerbsCommon.Push }
            ? $"Check the path. New-OciStore {CommonAdvice.Quote(given.Text)} creates a layout."
            : ErrorTable.NoStore;
    }

    // The line with named parameters, for a user who left out the store: the first argument is then that of the second parameter.
    private string? AsSecondArgument(StoreArgument given)
    {
        if (SecondParameter is null || (SecondParameter == "Path" && CommonAdvice.IsPath(given.Text) && !CommonAdvice.Exists(PathResolver.Literal(SessionState, given.Text)))) return null;
        var line = $"{MyInvocation.MyCommand.Name} -{SecondParameter} {CommonAdvice.Quote(given.Text)}";
        if (!MyInvocation.BoundParameters.TryGetValue(SecondParameter, out var second)) return line;
        if (ThirdParameter is null || MyInvocation.BoundParameters.ContainsKey(ThirdParameter)) return null;
        var text = second is Array { Length: 1 } one ? one.GetValue(0) : second;
        return text is Array ? null : $"{line} -{ThirdParameter} {CommonAdvice.Quote(text?.ToString() ?? "")}";
    }
}
