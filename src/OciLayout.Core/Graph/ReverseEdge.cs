using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>A reference, seen from the content: the manifest that references it.</summary>
/// <param name="From">The manifest.</param>
/// <param name="Role">The member of the manifest that holds the reference.</param>
/// <param name="Kind">The kind that the manifest reads the content as.</param>
/// <param name="Next">The position of the next reference to the same digest. The last one has the position of the first.</param>
internal readonly record struct ReverseEdge(NodeKey From, DescriptorRole Role, ManifestKind Kind, int Next);
