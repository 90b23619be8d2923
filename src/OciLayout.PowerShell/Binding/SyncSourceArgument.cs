using System;
using System.ComponentModel;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A source of a sync: a repository, a pattern for repositories, a layout, or one tag of them.</summary>
[TypeConverter(typeof(SyncSourceArgumentConverter))]
public sealed class SyncSourceArgument : IEquatable<SyncSourceArgument>
{
    private SyncSourceArgument(object? typed, string text)
    {
        Typed = typed;
        Text = text;
    }

    /// <summary>The object that was typed or piped; the target object of errors.</summary>
    internal object? Typed { get; }

    /// <summary>The source as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>The repository or layout; null for a pattern.</summary>
    internal StoreArgument? Store { get; private init; }

    /// <summary>The only tag; null for all tags.</summary>
    internal string? Tag { get; private init; }

    /// <summary>The pattern for repositories; null for one repository or layout.</summary>
    internal RepositoryPattern? Pattern { get; private init; }

    /// <summary>The reason why the argument cannot be used; null when it can.</summary>
    internal Exception? Problem { get; private init; }

    internal static SyncSourceArgument From(object? value)
    {
        var typed = EngineObject.Base(value);
        if (typed is SyncSourceArgument argument) return argument;
        if (typed is string text && RegistryReference.HasScheme(text))
        {
            try
            {
                if (RepositoryPattern.TryParse(text) is { } pattern) return new SyncSourceArgument(typed, text) { Pattern = pattern, Problem = text.LastIndexOf(':') > text.LastIndexOf('/') ? TagOfPattern(text) : null };
            }
            catch (OciException e)
            {
                return new SyncSourceArgument(typed, e.Subject ?? "") { Problem = e };
            }
        }

        var item = typed is string ? null : ItemArgument.From(value);
        var store = item?.Store ?? StoreArgument.From(value);
        if (item?.Tag is null && store.Registry is { Digest.IsEmpty: false })
            return new SyncSourceArgument(typed, store.Text) { Problem = new OciArgumentException("InvalidSource", $"'{store}' has a digest, and a sync copies tags.", "Write a tag, or use Copy-OciContent.") };
        return new SyncSourceArgument(typed, store.Text) { Store = store, Tag = item?.Tag ?? store.Registry?.Tag };
    }

    private static OciArgumentException TagOfPattern(string text) =>
        new("InvalidSource", $"'{text}' is a pattern for repositories, and it has a tag.", "Select tags with -Include.");

    /// <summary>Makes a path absolute during binding. The cmdlet reports an error later.</summary>
    internal void TryResolve(SessionState session) => Store?.TryResolve(session);

    /// <summary>Returns the source as the user wrote it.</summary>
    public override string ToString() => Text;

    /// <summary>Compares the texts, so that a script in a Pester mock can compare the argument with the text that was written.</summary>
    public bool Equals(SyncSourceArgument? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SyncSourceArgument other ? Equals(other) : obj is string text && text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);
}
