using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>One step of the history of an image.</summary>
public sealed class OciImageHistory
{
    private readonly ImageHistory _core;

    internal OciImageHistory(ImageHistory core, ImageLayer? layer)
    {
        _core = core;
        Layer = DigestText.Of(layer?.Descriptor.Digest);
    }

    /// <summary>The time of the step.</summary>
    public DateTimeOffset? Created => _core.Created;

    /// <summary>The command that made the step.</summary>
    public string? CreatedBy => _core.CreatedBy;

    /// <summary>The comment.</summary>
    public string? Comment => _core.Comment;

    /// <summary>The author.</summary>
    public string? Author => _core.Author;

    /// <summary>Whether the step made no layer.</summary>
    public bool EmptyLayer => _core.IsEmptyLayer;

    /// <summary>The digest of the layer that the step made; null when it made none.</summary>
    public PSObject? Layer { get; }

    /// <summary>Returns the command, with characters that are not printable escaped.</summary>
    public override string ToString() => Display.Text(_core.CreatedBy);
}
