using System;
using OciLayout.Maintenance;
using Xunit;

namespace OciLayout.Tests.Maintenance;

public sealed class DirectedGraphTests
{
    [Fact]
    public void AGraphThatWasQueriedCannotChange()
    {
        var graph = new DirectedGraph();
        var (one, two) = (graph.AddNode(), graph.AddNode());
        graph.Add(one, two);
        Assert.Equal([two], graph.Successors(one).ToArray());
        Assert.Equal([one], graph.Predecessors(two).ToArray());
        Assert.Throws<InvalidOperationException>(() => graph.Add(two, one));
        Assert.Throws<InvalidOperationException>(() => graph.AddNode());
    }
}
