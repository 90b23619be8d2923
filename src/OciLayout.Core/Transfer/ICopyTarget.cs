using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Referrers;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>Answers which content a destination has. The members of a store complete synchronously.</summary>
internal interface ICopyTarget
{
    /// <summary>The content of the destination. It can supply manifests that the source lacks.</summary>
    IContentSource Content { get; }

    /// <summary>Refuses roots that cannot be tagged here, and looks up their tags.</summary>
    ValueTask LookAsync(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken);

    /// <summary>Returns whether content exists here and is correct.</summary>
    ValueTask<bool> HasAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the root that reaches content which is complete here; null when none does. In a repository, each manifest is a root of its
    /// own.
    /// </summary>
    ValueTask<Digest?> EntryOfAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken);

    /// <summary>Returns the manifests at and below content that a root reaches.</summary>
    ValueTask<IReadOnlyList<Digest>> ManifestsFromAsync(Descriptor descriptor, DescriptorRole role, IContentSource source, CancellationToken cancellationToken);

    /// <summary>Returns whether a fallback index has to be merged into the one here.</summary>
    bool Needs(FallbackDocument index, CancellationToken cancellationToken);

    /// <summary>Returns the number of bytes of content that an interrupted download left here.</summary>
    long PartialSizeOf(Digest digest);
}
