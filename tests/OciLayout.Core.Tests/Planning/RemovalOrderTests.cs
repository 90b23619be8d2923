using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;
using OciLayout.Model;
using OciLayout.Planning;
using Xunit;

namespace OciLayout.Tests.Planning;

/// <summary>Tests the order of deletion: parents before children, even if broken hashes form a cycle.</summary>
public class RemovalOrderTests
{
    private static readonly Digest[] Digests = [.. Enumerable.Range(0, 12).Select(i => Digest.Compute(Encoding.UTF8.GetBytes($"{i}"), DigestAlgorithm.Sha256))];

    // Pointers between positions in Digests. Some point at digests that are not deleted.
    private static readonly Gen<(int From, int To)[]> Pointers = Gen.Select(Gen.Int[0, Digests.Length - 1], Gen.Int[0, Digests.Length - 1], (from, to) => (from, to)).Array[0, 30];

    [Fact]
    public void Parents_have_a_lower_rank_than_their_children() => Pointers.Sample(pointers =>
    {
        pointers = [.. pointers.Where(p => p.From < p.To)];
        var order = Order(pointers);

        Assert.Equal(order.Select(o => o.Rank).Order(), order.Select(o => o.Rank));
        var ranks = order.ToDictionary(o => o.Digest, o => o.Rank);
        Assert.All(pointers.Where(p => p.To < Going), p => Assert.True(ranks[Digests[p.From]] < ranks[Digests[p.To]]));
    });

    [Fact]
    public void Each_node_is_deleted_once_even_in_a_cycle() =>
        Pointers.Sample(pointers => Assert.Equal(Digests.Take(Going).Order(), Order(pointers).Select(o => o.Digest).Order()));

    private const int Going = 9;

    private static List<Ranked> Order((int From, int To)[] pointers)
    {
        var edges = pointers.ToLookup(p => Digests[p.From], p => new Edge(DescriptorRole.Manifest, Digests[p.To], MediaTypes.ImageManifest, 1));
        return [.. RemovalOrder.ParentsFirst([.. Digests.Take(Going)], d => [.. edges[d]])];
    }
}
