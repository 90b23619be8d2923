using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Changes of an index. Members are removed before others are added, so that one can replace another.</summary>
public sealed class IndexChanges
{
    /// <summary>
    /// The images to add, in their order. Of an index, the members are added. With a platform, the image gets it; with null, the one of the
    /// descriptor or of its configuration. Content that is a member already is added again only with another platform.
    /// </summary>
    public IReadOnlyList<KeyValuePair<Descriptor, Platform?>> Added { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>
    /// The members to remove: platforms such as <c>linux/arm64</c>, in which <c>*</c> and <c>?</c> are wildcards; digests; digest prefixes
    /// with the algorithm and at least seven digits; or tags.
    /// </summary>
    public IReadOnlyList<string> Removed { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>Annotations of the index to set; null as a value removes one.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Annotations { get; init => field = Guard.NotNull(value); } = [];
}
