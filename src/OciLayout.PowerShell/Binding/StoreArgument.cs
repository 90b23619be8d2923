using System;
using System.ComponentModel;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// What was given for a store: an open one or a path. The path is made absolute when it is bound; it is opened later, so that
/// what is wrong with it is reported with our ids.
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

    /// <summary>The very object that was given; the same one as in <c>$PSDefaultParameterValues</c> when it came from there.</summary>
    internal object? Typed { get; }

    /// <summary>The path as it was given.</summary>
    public string Text { get; }

    /// <summary>The open store, when one was given.</summary>
    internal OciStore? Store { get; private init; }

    internal static StoreArgument From(object? value)
    {
        var typed = Unwrap.Base(value);
        return typed switch
        {
            StoreArgument argument => argument,
            OciStore store => new StoreArgument(store, store.Path) { Store = store },
            string text => new StoreArgument(text, text),
            not null when NumberText.IsNumber(value) && NumberText.Of(value!, alone: true) is { } number => new StoreArgument(typed, number),
            FileSystemInfo file => new StoreArgument(file, file.FullName),
            PathInfo location => new StoreArgument(location, location.Path),
            // Select-Object, CSV, JSON and other sessions leave the properties of a store, or of an item of a directory.
            not null when PathOf(typed) is { } path => new StoreArgument(value, path),
            _ => Refuse(typed),
        };
    }

    /// <summary>The absolute path; resolved once, against the <c>$PWD</c> of that moment.</summary>
    internal string FullPath(SessionState session)
    {
        if (_problem is not null) throw _problem;
        return _fullPath ??= Store?.Path ?? PathResolver.Literal(session, Text);
    }

    /// <summary>Makes the path absolute while it is bound; what is wrong with it is kept for the cmdlet to say.</summary>
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
        (Unwrap.Property(value, "PSPath") ?? Unwrap.Property(value, "Path"))?.ToString() is { Length: > 0 } path ? path : null;

    private static StoreArgument Refuse(object? typed) => new(typed, typed?.ToString() ?? "")
    {
        _problem = new OciArgumentException(
            "InvalidStore",
            typed is null ? "The store is null." : $"A store is given as a path or as what Get-OciStore emits, not as {Unwrap.TypeName(typed)}.",
            "Check the variable, or write the path of the layout."),
    };

    /// <summary>The path as it was given.</summary>
    public override string ToString() => Text;

    /// <summary>Same text: a script that gets the argument in a mock compares it with what was written.</summary>
    public bool Equals(StoreArgument? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreArgument other ? Equals(other) : obj is string text && text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);
}

/// <summary>Converts to <see cref="StoreArgument"/>.</summary>
public sealed class StoreArgumentConverter : ArgumentConverter<StoreArgument>
{
    /// <inheritdoc/>
    protected override StoreArgument Wrap(object? value) => StoreArgument.From(value);
}

/// <summary>Makes a <see cref="StoreArgument"/> of whatever is given and resolves its path against <c>$PWD</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StoreTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var argument = StoreArgument.From(inputData);
        argument.TryResolve(engineIntrinsics.SessionState);
        return argument;
    }
}

/// <summary>The same for several stores.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StoreListTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly StoreTransformationAttribute One = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (Unwrap.Base(inputData) is object[] many ? many : [inputData]).Select(s => (StoreArgument)One.Transform(engineIntrinsics, s)).ToArray();
}
