using System;
using System.ComponentModel;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// What was given for content: a text, or an object that has a digest, a tag or a reference, and perhaps a store. What a plain
/// text means (a reference, a tag, a store) is for the cmdlet to say.
/// </summary>
[TypeConverter(typeof(ItemArgumentConverter))]
public sealed class ItemArgument : IEquatable<ItemArgument>
{
    internal ItemArgument(object? typed) => Typed = typed;

    /// <summary>What was typed or piped: the target of errors.</summary>
    internal object? Typed { get; }

    /// <summary>The plain text that was given; null for an object.</summary>
    public string? Text { get; internal init; }

    /// <summary>The store that the object came from; null for plain text.</summary>
    public StoreArgument? Store { get; internal init; }

    /// <summary>The digest that the object has; null for plain text.</summary>
    public string? Digest { get; internal init; }

    /// <summary>The tag that the object has; null for plain text.</summary>
    public string? Tag { get; internal init; }

    /// <summary>The reference that the object has; null for plain text.</summary>
    public string? Reference { get; internal init; }

    /// <summary>All that one of our own objects knows of the content.</summary>
    internal Descriptor? Descriptor { get; init; }

    /// <summary>Why it cannot be used.</summary>
    internal OciArgumentException? Problem { get; init; }

    /// <summary>Whether it is a store and nothing in it.</summary>
    internal bool IsStoreOnly => Store is not null && NameForReading is null;

    /// <summary>What reads the content: an object means the digest that it has, even when its tag was moved since.</summary>
    internal string? NameForReading => Digest ?? Reference ?? Tag ?? Text;

    /// <summary>What removes the content: an object with a tag names that tag, so that it may go.</summary>
    internal string? NameForRemoving => Tag ?? Reference ?? Digest ?? Text;

    /// <summary>The digest, without asking the store, when it is given as a whole.</summary>
    internal bool TryGetDigest(out Digest digest)
    {
        digest = Descriptor?.Digest ?? default;
        return Descriptor is not null || OciLayout.Digest.TryParse(NameForReading, out digest);
    }

    /// <summary>The descriptor of the content.</summary>
    internal Descriptor Resolve(OciStore store, bool allowBarePrefix, CancellationToken cancellation) =>
        Descriptor ?? store.Core.Resolve(NameForReading ?? "", allowBarePrefix, cancellation);

    /// <summary>
    /// Refuses an object whose tag names something else by now: who filtered a list of tags and removes what is left of it means what
    /// the list said.
    /// </summary>
    internal void CheckNotMoved(Digest current)
    {
        if (Tag is null || Digest is null || Digest == current.ToString()) return;
        throw new OciArgumentException("TagMoved", $"The tag '{Tag}' was moved: it names {current} by now, not {Digest}.", "List the tags again; or write the name of the tag.");
    }

    internal static ItemArgument From(object? value, bool alone = true) => ItemReader.Read(value, alone);

    /// <summary>What was given, as text.</summary>
    public override string ToString() => Text ?? NameForRemoving ?? Store?.Text ?? Typed?.ToString() ?? "";

    /// <summary>Same text: a script that gets the argument in a mock compares it with what was written.</summary>
    public bool Equals(ItemArgument? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ItemArgument other ? Equals(other) : obj is string text && text == ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());
}

/// <summary>Converts to <see cref="ItemArgument"/>.</summary>
public sealed class ItemArgumentConverter : ArgumentConverter<ItemArgument>
{
    /// <inheritdoc/>
    protected override ItemArgument Wrap(object? value) => ItemArgument.From(value);
}
