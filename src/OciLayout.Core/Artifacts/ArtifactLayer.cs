using System;
using System.Collections.Generic;

namespace OciLayout.Artifacts;

/// <summary>A file or directory that is packed into an artifact.</summary>
internal sealed class ArtifactLayer(string path, string title)
{
    /// <summary>The path of the file or directory.</summary>
    public string Path => path;

    /// <summary>The name in the artifact.</summary>
    public string Title => title;

    /// <summary>The digest of the tar of a directory; empty for a file.</summary>
    public Digest Tar { get; set; }

    /// <summary>The content.</summary>
    public Descriptor? Content { get; set; }

    /// <summary>Returns the descriptor of the layer with its annotations.</summary>
    public Descriptor Describe()
    {
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal) { [AnnotationKeys.Title] = title };
        if (!Tar.IsEmpty)
        {
            annotations[AnnotationKeys.Unpack] = "true";
            annotations[AnnotationKeys.ContentDigest] = Tar.ToString();
        }

        return new Descriptor(Content!.MediaType, Content.Digest, Content.Size) { Annotations = annotations };
    }
}
