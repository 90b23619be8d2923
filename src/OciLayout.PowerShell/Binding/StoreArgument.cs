using System;
using System.ComponentModel;
using System.IO;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// An argument that names a store: an open store or a path. The path is made absolute when it is bound. The cmdlet opens it later, so that
/// errors are reported with the ids of this module.
/// </summary>
[TypeConverter(typeof(StoreArgumentConverter))]
public sealed class StoreArgument : IEquatable<StoreArgument>
{
    private string? _fullPath;

    private StoreArgument(object? typed, string text)
    {
        Typed = typed;
        Text = text;
    }

    /// <summary>The object that was given. A default value is the same object as in <c>$PSDefaultParameterValues</c>.</summary>
    internal object? Typed { get; }

    /// <summary>The path as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>The open store or repository; null when a path or a reference was given.</summary>
    internal OciPlaceInfo? Store { get; private init; }

    /// <summary>The reference to a registry; null when a layout was given.</summary>
    internal RegistryReference? Registry { get; private init; }

    /// <summary>The reason why the argument cannot be used; null when it can.</summary>
    internal Exception? Problem { get; private set; }

    /// <summary>The content that the reference to a registry names; null when it names none.</summary>
    internal ItemArgument? Content => Registry is { Tag: not null } or { Digest.IsEmpty: false }
        ? new ItemArgument(Typed) { Tag = Registry.Tag, Digest = Registry.Digest.IsEmpty ? null : Registry.Digest.ToString() }
        : null;

    internal static StoreArgument From(object? value)
    {
        var typed = EngineObject.Base(value);
        return typed switch
        {
            StoreArgument argument => argument,
            OciPlaceInfo store => new StoreArgument(store, store.Path) { Store = store, Registry = store is OciRepositoryInfo ? RegistryReference.Parse(store.Path) : null },
            string text when RegistryReference.HasScheme(text) => FromReference(typed, text),
            string text => new StoreArgument(text, text),
            not null when NumberText.IsNumber(value) && NumberText.Of(value!, alone: true) is { } number => new StoreArgument(typed, number),
            FileSystemInfo file => new StoreArgument(file, file.FullName),
            PathInfo location => new StoreArgument(location, location.Path),
            // Select-Object, CSV, JSON and other sessions keep the properties of a store or of a directory.
            not null when PathOf(typed) is { } path => RegistryReference.HasScheme(path) ? FromReference(value, path) : new StoreArgument(value, path),
            _ => Refuse(typed),
        };
    }

    private static StoreArgument FromReference(object? typed, string text)
    {
        try
        {
            return new StoreArgument(typed, text) { Registry = RegistryReference.Parse(text) };
        }
        catch (OciException e)
        {
            return new StoreArgument(typed, e.Subject ?? "") { Problem = e };
        }
    }

    /// <summary>Returns the absolute path, or the repository of a registry. The path is resolved once, against the <c>$PWD</c> at that time.</summary>
    internal string FullPath(SessionState session)
    {
        if (Problem is not null) throw Problem;
        return _fullPath ??= Store?.Path ?? Registry?.ToRepositoryString() ?? PathResolver.Literal(session, Text);
    }

    /// <summary>Opens the layout. Refuses a repository of a registry.</summary>
    internal OciStoreInfo OpenLayout(OciCmdlet cmdlet, SessionState session, CancellationToken cancellationToken)
    {
        var path = FullPath(session);
        if (Registry is not null) throw RegistryRefusal.For(cmdlet, path);
        return Store as OciStoreInfo ?? new OciStoreInfo(OciStore.Open(path, null, cancellationToken));
    }

    /// <summary>Makes the path absolute during binding. The cmdlet reports an error later.</summary>
    internal void TryResolve(SessionState session)
    {
        try
        {
            FullPath(session);
        }
        catch (Exception e) when (e is OciArgumentException or OciException)
        {
            Problem = e;
        }
    }

    private static string? PathOf(object value) =>
        (EngineObject.Property(value, "PSPath") ?? EngineObject.Property(value, "Path"))?.ToString() is { Length: > 0 } path ? path : null;

    private static StoreArgument Refuse(object? typed) => new(typed, typed?.ToString() ?? "")
    {
        Problem = new OciArgumentException(
            "InvalidStore",
            typed is null ? "The store is null." : $"A store is a path or the output of Get-OciStore, not {EngineObject.TypeName(typed)}.",
            "Check the variable, or write the path of the layout."),
    };

    /// <summary>Returns the path as the user wrote it.</summary>
    public override string ToString() => Text;

    /// <summary>Compares the texts, so that a script in a Pester mock can compare the argument with the text that was written.</summary>
    public bool Equals(StoreArgument? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreArgument other ? Equals(other) : obj is string text && text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);
}
