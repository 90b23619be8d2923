using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Graph;

namespace OciLayout.Transfer;

/// <summary>
/// The missing content of some roots. A sparse copy may lack foreign layers, subjects, and some of the platforms of an index. An image
/// without its config or a layer, or an index without any platform, cannot be used.
/// </summary>
internal sealed class MissingContent
{
    private MissingContent(IReadOnlyList<Digest> required, IReadOnlyList<Digest> optional)
    {
        Required = required;
        Optional = optional;
    }

    /// <summary>The required content that is missing.</summary>
    public IReadOnlyList<Digest> Required { get; }

    /// <summary>The optional content that is missing.</summary>
    public IReadOnlyList<Digest> Optional { get; }

    /// <summary>Checks all content that is reachable from some roots.</summary>
    /// <param name="roots">The roots.</param>
    /// <param name="graph">The nodes that are reachable from the roots.</param>
    /// <param name="has">Returns whether content exists.</param>
    /// <exception cref="OciException">A manifest cannot be read.</exception>
    public static MissingContent Of(IEnumerable<Digest> roots, ReachableSet graph, Func<Digest, bool> has)
    {
        var required = new HashSet<Digest>(roots.Where(d => !has(d)));
        var optional = new HashSet<Digest>();
        foreach (var key in graph.Order)
        {
            if (graph[key].Problem is { } problem) throw problem.InnerException is System.IO.IOException unread ? unread : problem;
            var edges = graph[key].Edges;
            var anyPlatform = edges.Any(e => e.Role == DescriptorRole.Manifest && has(e.Digest));
            foreach (var edge in edges)
            {
                if (has(edge.Digest) || (edge.Role == DescriptorRole.Reference && edge.MediaType.Length == 0)) continue;
                var mayLack = edge.Role is DescriptorRole.Subject or DescriptorRole.Reference || (edge.Role == DescriptorRole.Manifest && anyPlatform)
                    || edge.IsForeign || !edge.Digest.IsVerifiable;
                (mayLack ? optional : required).Add(edge.Digest);
            }
        }

        optional.ExceptWith(required);
        return new MissingContent(Sorted(required), Sorted(optional));
    }

    private static List<Digest> Sorted(HashSet<Digest> digests)
    {
        var result = digests.ToList();
        result.Sort();
        return result;
    }
}
