using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.StateModel;

/// <summary>Content that can be stored, and its pointers.</summary>
internal sealed class ModelContent
{
    public required string Name { get; init; }

    public required byte[] Content { get; init; }

    public required string MediaType { get; init; }

    public Digest Subject { get; init; }

    public Digest[] Children { get; init; } = [];

    /// <summary>All digests in the content, as found when it is read as a document of an unknown type.</summary>
    public IEnumerable<Digest> Named => Subject.IsEmpty ? Children : Children.Append(Subject);

    public Digest Digest => field.IsEmpty ? field = Digest.Compute(Content) : field;

    public Descriptor Descriptor => new(MediaType, Digest, Content.Length);

    public bool IsManifest => MediaTypes.IsManifest(MediaType);

    public bool IsIndex => MediaType == MediaTypes.ImageIndex;

    public string Json => JsonAs(MediaType);

    public string JsonAs(string mediaType) => $$"""{"mediaType":"{{mediaType}}","digest":"{{Digest}}","size":{{Content.Length}}}""";

    public override string ToString() => Name;
}
