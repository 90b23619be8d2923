using System;
using System.ComponentModel;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// An argument that names a store: an open store or a path. The path is made absolute when it is bound. The cmdlet opens it later, so that
/// errors are reported with the ids of this module.
/// </summary>
[TypeConverter(typeof(StoreArgumentConverter))]
public sealed class StoreArgument : IEquatable<StoreArgument>
{
    private string? _fullPath;
    private OciArgumentException? _problem;

    private StoreArgument(object? typed, string text)
    {
        Typed = typed;
        Text = text;
    }

    /// <summary>The object that was given. A default value is the same object as in <c>$PSDefaultParameterValues</c>.</summary>
    internal object? Typed { get; }

    /// <summary>The path as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>The open store; null when a path was given.</summary>
    internal OciStoreInfo? Store { get; private init; }

    internal static StoreArgument From(object? value)
    {
        var typed = EngineObject.Base(value);
        return typed switch
        {
            StoreArgument argument => argument,
            OciStoreInfo store => new StoreArgument(store, store.Path) { Store = store },
            string text => new StoreArgument(text, text),
            not null when NumberText.IsNumber(value) && NumberText.Of(value!, alone: true) is { } number => new StoreArgument(typed, number),
            FileSystemInfo file => new StoreArgument(file, file.FullName),
            PathInfo location => new StoreArgument(location, location.Path),
            // Select-Object, CSV, JSON and other sessions keep the properties of a store or of a directory.
            not null when PathOf(typed) is { } path => new StoreArgument(value, path),
            _ => Refuse(typed),
        };
    }

    /// <summary>Returns the absolute path. It is resolved once, against the <c>$PWD</c> at that time.</summary>
    internal string FullPath(SessionState session)
    {
        if (_problem is not null) throw _problem;
        return _fullPath ??= Store?.Path ?? PathResolver.Literal(session, Text);
    }

    /// <summary>Makes the path absolute during binding. The cmdlet reports an error later.</summary>
    internal void TryResolve(SessionState session)
    {
        try
        {
            FullPath(session);
        }
        catch (OciArgumentException e)
        {
            _problem = e;
        }
    }

    private static string? PathOf(object value) =>
        (EngineObject.Property(value, "PSPath") ?? EngineObject.Property(value, "Path"))?.ToString() is { Length: > 0 } path ? path : null;

    private static StoreArgument Refuse(object? typed) => new(typed, typed?.ToString() ?? "")
    {
        _problem = new OciArgumentException(
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
