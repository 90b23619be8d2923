using System;
using System.Collections;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Reads items from piped objects: those of this module, and copies by Select-Object, CSV, JSON or another session.</summary>
internal static class ItemReader
{
    public static ItemArgument Read(object? value, bool alone)
    {
        var typed = EngineObject.Base(value);
        return typed switch
        {
            ItemArgument item => item,
            null => Refuse(null, "null was given where a tag, a digest or an object is needed."),
            string text when RegistryReference.HasScheme(text) => FromReference(text),
            string text => new ItemArgument(text) { Text = text },
            Digest digest => new ItemArgument(digest) { Digest = digest.ToString() },
            OciPlaceInfo or StoreArgument or FileSystemInfo or PathInfo => new ItemArgument(typed) { Store = StoreArgument.From(typed) },
            OciTag tag => new ItemArgument(tag) { Store = StoreArgument.From(tag.Store), Tag = tag.Tag, Digest = tag.Core.Digest.ToString(), Descriptor = tag.Core },
            OciDescriptor descriptor => FromDescriptor(descriptor, descriptor.Store, descriptor.Core),
            OciManifest manifest => FromDescriptor(manifest, manifest.Store, manifest.Descriptor),
            OciImageInfo image => FromDescriptor(image, image.Store, image.Core.Descriptor, image.IsTagged ? image.Tag : null),
            OciImageLayer layer => FromDescriptor(layer, layer.Store, layer.Core.Descriptor),
            OciImageFile file => new ItemArgument(file) { Store = StoreArgument.From(file.Store), Digest = file.Origin.Descriptor.Digest.ToString(), Descriptor = file.Origin.Descriptor, FilePath = file.Path },
            OciImageDifference { Core: { Layer: { } layer } } difference => FromDescriptor(difference, difference.Store, layer.Descriptor),
            OciImageDifference difference => new ItemArgument(difference) { Store = StoreArgument.From(difference.Store), Digest = difference.Origin.Digest.ToString(), Descriptor = difference.Origin, FilePath = difference.Core.File?.Path },
            _ when NumberText.IsNumber(value) => FromNumber(value!, typed, alone),
            object[] => new ItemArgument(typed) { Problem = new OciArgumentException("InvalidInput", "Several objects were given where one is needed.", "Name one tag, digest or object.") },
            IDictionary dictionary => FromMembers(dictionary, name => Member(dictionary, name)),
            _ => FromMembers(value!, name => EngineObject.Property(value!, name)),
        };
    }

    // A reference to a registry is content of its own repository, or a repository.
    private static ItemArgument FromReference(string text)
    {
        var store = StoreArgument.From(text);
        return new ItemArgument(text)
        {
            Store = store,
            Tag = store.Registry?.Tag,
            Digest = store.Registry is { Digest: { IsEmpty: false } digest } ? digest.ToString() : null,
            Problem = store.Problem,
        };
    }

    // A number can be a tag such as 1.10, or a digest prefix of decimal digits.
    private static ItemArgument FromNumber(object value, object typed, bool alone) => NumberText.Of(value, alone) is { } text
        ? new ItemArgument(text) { Text = text }
        : Refuse(typed, $"'{typed}' is a number, not a reference. {NumberText.QuoteAdvice}");

    private static ItemArgument FromDescriptor(object typed, OciPlaceInfo store, Descriptor descriptor, string? tag = null) =>
        new(typed) { Store = StoreArgument.From(store), Tag = tag, Digest = descriptor.Digest.ToString(), Descriptor = descriptor };

    private static ItemArgument FromMembers(object typed, Func<string, object?> member)
    {
        foreach (var name in (string[])["Tag", "Reference"])
        {
            if (member(name) is { } number && NumberText.IsNumber(number) && NumberText.Of(number, alone: false) is null)
                return Refuse(typed, $"The {name} '{number}' is a number, not a text. {NumberText.QuoteAdvice}");
        }

        var digest = DigestText(member("Digest"));
        var tag = Text(member("Tag"));
        var reference = Text(member("Reference"));
        if ((digest ?? tag ?? reference) is not null)
            return new ItemArgument(typed) { Store = StoreOf(member("Store")), Digest = digest, Tag = tag, Reference = reference };
        if (Text(member("Path")) is { } file && DigestText(member("Image")) is { } image)
            return new ItemArgument(typed) { Store = StoreOf(member("Store")), Digest = image, FilePath = file };
        if (Text(member("Path")) is { } path) return new ItemArgument(typed) { Store = StoreArgument.From(path) };
        return Refuse(typed, $"{EngineObject.TypeName(typed)} has no Digest, Tag or Reference.");
    }

    // Hashtable keys may differ in case from property names.
    private static object? Member(IDictionary dictionary, string name)
    {
        foreach (DictionaryEntry entry in dictionary)
        {
            if (string.Equals(entry.Key as string, name, StringComparison.OrdinalIgnoreCase)) return entry.Value;
        }

        return null;
    }

    private static StoreArgument? StoreOf(object? value) => Text(value) is null ? null : StoreArgument.From(value);

    // ConvertTo-Json writes a digest as an object with two properties.
    private static string? DigestText(object? value)
    {
        if (value is null) return null;
        return EngineObject.Base(value) is not (Digest or string) && Text(EngineObject.Property(value, "Algorithm")) is { } algorithm && Text(EngineObject.Property(value, "Encoded")) is { } encoded
            ? algorithm + ":" + encoded
            : Text(value);
    }

    private static string? Text(object? value) => value?.ToString() is { Length: > 0 } text ? text : null;

    private static ItemArgument Refuse(object? typed, string message) => new(typed)
    {
        Problem = new OciArgumentException(
            "InvalidInput", message, "Pipe the output of Get-OciTag, Get-OciDescriptor or Get-OciManifest, or objects with a Digest, Tag or Reference."),
    };
}
