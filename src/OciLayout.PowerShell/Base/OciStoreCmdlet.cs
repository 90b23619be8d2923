using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on a store: the store of a piped object, the store of the parameter, or the current directory.</summary>
public abstract class OciStoreCmdlet : OciCmdlet
{
    private readonly Dictionary<string, OciStoreInfo> _opened = new(StringComparer.Ordinal);
    private OciStoreInfo? _given;
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
    private protected OciStoreInfo StoreFor(StoreArgument? own)
    {
        if (own is null) return _given ??= OpenGiven();
        var store = Open(own);
        if (Store is null) return store;
        if (_isDefault)
        {
            if (_given?.IsSameLayout(store) != true) WriteVerbose($"Using the store of the piped object, {store}, not the default {Store}.");
            return store;
        }

        if (_given!.IsSameLayout(store)) return store;
        throw new OciArgumentException(
            "StoreMismatch",
            $"This belongs to the store {store}, but -Store says {Store}.",
            "Leave out -Store: a piped object brings its own store. To use it in another store, pipe it without its store: Select-Object Tag, Digest.");
    }

    /// <summary>Returns the store when a store was piped. An object that a parameter names has to belong to it.</summary>
    private protected OciStoreInfo StoreFor(StoreArgument? piped, StoreArgument? own)
    {
        var store = StoreFor(piped);
        if (own is null || Open(own) is var other && other.IsSameLayout(store)) return store;
        throw new OciArgumentException("StoreMismatch", $"This belongs to the store {other}, but {store} was piped.", "Use content of one store.");
    }

    /// <summary>The store that was given explicitly; null when it is a default or was not given.</summary>
    private protected OciStoreInfo? ExplicitStore => _isDefault ? null : _given;

    /// <summary>Opens a store, once for each path.</summary>
    private protected OciStoreInfo Open(StoreArgument argument)
    {
        if (argument.Store is { } store) return store;
        var path = argument.FullPath(SessionState);
        if (_opened.TryGetValue(path, out var opened)) return opened;
        WriteVerbose($"Opening the store {path}.");
        opened = new OciStoreInfo(OpenCore(path));
        _opened.Add(path, opened);
        return opened;
    }

    /// <summary>Opens a layout by its path.</summary>
    private protected virtual OciStore OpenCore(string path) => OciStore.Open(path, null, Cancellation);

    /// <summary>Runs work that may read many manifests, and shows their number as progress.</summary>
    private protected T RunReading<T>(OciStoreInfo store, string activity, Func<T> work)
    {
        var before = store.Core.ManifestsRead;
        return Run(activity, work, () => new WorkStatus($"{store.Core.ManifestsRead - before} manifests read"));
    }

    private OciStoreInfo OpenGiven()
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
                "Write -Store with a path, pipe an object that has a store, or set a default: $PSDefaultParameterValues['*-Oci*:Store'] = './layout'."),
            null);
        return null;
    }

    /// <summary>Splits <c>path:tag</c>, as other tools write the tag of a layout; null when the path is not a layout.</summary>
    private protected (string Path, string Tag)? SplitTag(StoreArgument argument)
    {
        var colon = argument.Text.LastIndexOf(':');
        if (argument.Store is not null || colon < 2 || colon == argument.Text.Length - 1) return null;
        var path = argument.Text.Substring(0, colon);
        return LayoutPath.Exists(PathResolver.Literal(SessionState, path)) ? (path, argument.Text.Substring(colon + 1)) : null;
    }

    private string? StoreAdvice(StoreArgument given, Exception error)
    {
        if (error is OciException { Kind: not OciErrorKind.NotFound and not OciErrorKind.InvalidLayout }) return null;
        if (error is OciException { Subject: { } path } && CommonAdvice.IsDamagedLayout(path)) return null;
        if (error is OciException { Kind: OciErrorKind.InvalidLayout, Actual: not null }) return null;
        if (PathResolver.AdviceForOtherSyntax(given.Text) is { } advice) return advice;
        var isContent = SecondParameter is "Tag" or "Reference" or "Digest";
        if (isContent && SplitTag(given) is var (layout, tag))
            return $"Write the path and the tag as two arguments: {MyInvocation.MyCommand.Name} {CommonAdvice.Quote(layout)} {CommonAdvice.Quote(tag)}.";
        return _isDefault || SecondParameter is null || given.Store is not null || (isContent && CommonAdvice.IsPath(given.Text)) || MyInvocation.BoundParameters.ContainsKey(SecondParameter)
            ? ErrorTable.NoStore
            : $"{ErrorTable.NoStore} The first argument is the store: if '{given}' is not one, write {MyInvocation.MyCommand.Name} -{SecondParameter} '{CodeGeneration.EscapeSingleQuotedStringContent(given.Text)}'.";
    }
}
