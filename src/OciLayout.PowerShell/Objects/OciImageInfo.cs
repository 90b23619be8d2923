using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>An image: its manifest, its configuration and its history.</summary>
public sealed class OciImageInfo
{
    internal OciImageInfo(OciPlaceInfo store, string? tag, Descriptor root, OciImage core)
    {
        Store = store;
        Tag = tag;
        Core = core;
        IsTagged = tag is not null && root.Digest == core.Descriptor.Digest;
        Environment = Variables(core.Config.Environment);
        Layers = core.Layers.Select(l => new OciImageLayer(store, l)).ToArray();
        History = Steps(core);
    }

    internal OciImage Core { get; }

    /// <summary>Whether the tag names this image, and not an index that contains it.</summary>
    internal bool IsTagged { get; }

    /// <summary>The store that the image was read from.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The tag by which the image, or the index that contains it, was named; null when it was named by a digest.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the manifest.</summary>
    public PSObject Digest => DigestText.Of(Core.Descriptor.Digest);

    /// <summary>The platform.</summary>
    public Platform? Platform => Core.Platform;

    /// <summary>The creation time; null when the configuration does not state a valid one.</summary>
    public DateTimeOffset? Created => Core.Config.Created;

    /// <summary>The author.</summary>
    public string? Author => Core.Config.Author;

    /// <summary>The command that always runs.</summary>
    public string[] Entrypoint => [.. Core.Config.Entrypoint];

    /// <summary>The default arguments of the entry point, or the command of an image without an entry point.</summary>
    public string[] Command => [.. Core.Config.Command];

    /// <summary>The environment variables by name, in their order.</summary>
    public OrderedDictionary Environment { get; }

    /// <summary>The labels.</summary>
    public OciAnnotations Labels => OciAnnotations.Of(Core.Config.Labels);

    /// <summary>The working directory.</summary>
    public string? WorkingDirectory => Core.Config.WorkingDirectory;

    /// <summary>The user, as <c>user[:group]</c>.</summary>
    public string? User => Core.Config.User;

    /// <summary>The ports, such as <c>80/tcp</c>.</summary>
    public string[] ExposedPorts => [.. Core.Config.ExposedPorts];

    /// <summary>The directories of volumes.</summary>
    public string[] Volumes => [.. Core.Config.Volumes];

    /// <summary>The signal that stops a container.</summary>
    public string? StopSignal => Core.Config.StopSignal;

    /// <summary>The layers, from the bottom to the top.</summary>
    public IReadOnlyList<OciImageLayer> Layers { get; }

    /// <summary>The history, from the oldest step to the newest.</summary>
    public IReadOnlyList<OciImageHistory> History { get; }

    /// <summary>The number of bytes to transfer: the configuration and the layers, each digest once.</summary>
    public long Size => Core.Size;

    /// <summary>The annotations of the manifest.</summary>
    public OciAnnotations Annotations => OciAnnotations.Of(Core.Manifest.Annotations);

    /// <summary>The descriptor of the configuration.</summary>
    public OciDescriptor Config => new(Store, Core.Manifest.Config!);

    /// <summary>The configuration as it is stored.</summary>
    public string Json => Core.Config.Json;

    /// <summary>Returns the digest.</summary>
    public override string ToString() => Core.Descriptor.Digest.ToString();

    // Of several entries with one name, the last one counts for a process.
    private static OrderedDictionary Variables(IReadOnlyList<KeyValuePair<string, string?>> variables)
    {
        var result = new OrderedDictionary(StringComparer.Ordinal);
        foreach (var variable in variables) result[variable.Key] = variable.Value;
        return result;
    }

    private static OciImageHistory[] Steps(OciImage image)
    {
        var next = 0;
        return [.. image.Config.History.Select(step => new OciImageHistory(step, step.IsEmptyLayer || next >= image.Layers.Count ? null : image.Layers[next++]))];
    }
}
