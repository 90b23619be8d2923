using System;
using System.ComponentModel;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>
/// An argument that names content: a text, or an object that has a digest, a tag or a reference, and possibly a store. The cmdlet decides
/// whether a plain text is a reference, a tag or a store.
/// </summary>
[TypeConverter(typeof(ItemArgumentConverter))]
public sealed class ItemArgument : IEquatable<ItemArgument>
{
    internal ItemArgument(object? typed) => Typed = typed;

    /// <summary>The object that was typed or piped; the target object of errors.</summary>
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

    /// <summary>The path in an image, when the object is a file of one; otherwise null.</summary>
    internal string? FilePath { get; init; }

    /// <summary>The descriptor, when the object is one of this module; otherwise null.</summary>
    internal Descriptor? Descriptor { get; init; }

    /// <summary>The reason why the argument cannot be used; null when it can.</summary>
    internal Exception? Problem { get; init; }

    /// <summary>Whether the argument is a store and does not name content.</summary>
    internal bool IsStoreOnly => Store is not null && NameForReading is null;

    /// <summary>The name for reading: the digest of an object comes first, because its tag may have been moved.</summary>
    internal string? NameForReading => Digest ?? Reference ?? Tag ?? Text;

    /// <summary>The name for deletion: the tag of an object comes first, so that the tag is deleted as well.</summary>
    internal string? NameForDeleting => Tag ?? Reference ?? Digest ?? Text;

    /// <summary>Gets a complete digest without reading the store.</summary>
    internal bool TryGetDigest(out Digest digest)
    {
        digest = Descriptor?.Digest ?? default;
        return Descriptor is not null || OciLayout.Digest.TryParse(NameForReading, out digest);
    }

    /// <summary>Returns the descriptor of the content.</summary>
    internal ValueTask<Descriptor> ResolveAsync(OciPlaceInfo store, bool allowBarePrefix, CancellationToken cancellationToken) =>
        Descriptor is { } known ? new(known) : store.ResolveAsync(NameForReading ?? "", allowBarePrefix, cancellationToken);

    /// <summary>Returns the tag by which content was named; null when a digest or a part of one named it.</summary>
    internal string? TagOf(Descriptor content) =>
        Tag ?? ((Reference ?? Text) is { } text && !content.Digest.ToString().Contains(text) ? text : null);

    /// <summary>
    /// Throws when the tag of an object now names other content. A user who filters a list of tags and deletes the result means the content
    /// of the list.
    /// </summary>
    internal void CheckNotMoved(Digest current)
    {
        if (Tag is null || Digest is null || Digest == current.ToString()) return;
        throw new OciArgumentException("TagMoved", $"The tag '{Tag}' was moved: it names {current} now, not {Digest}.", "List the tags again; or write the name of the tag.");
    }

    internal static ItemArgument From(object? value, bool alone = true) => ItemReader.Read(value, alone);

    /// <summary>Returns the argument as text.</summary>
    public override string ToString() => Text ?? NameForDeleting ?? Store?.Text ?? Typed?.ToString() ?? "";

    /// <summary>Compares the texts, so that a script in a Pester mock can compare the argument with the text that was written.</summary>
    public bool Equals(ItemArgument? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ItemArgument other ? Equals(other) : obj is string text && text == ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());
}
