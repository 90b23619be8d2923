using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using Xunit;

namespace OciLayout.Tests.Common;

public class ParallelLoopTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(63)]
    [InlineData(257)]
    [InlineData(5000)]
    public void Ranges_contain_each_number_once(int count)
    {
        var ranges = new ConcurrentBag<(int Start, int End)>();
        ParallelLoop.ForRanges(count, (start, end) => ranges.Add((start, end)), CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, count), ranges.SelectMany(r => Enumerable.Range(r.Start, r.End - r.Start)).Order());
    }

    [Fact]
    public void Failure_in_a_range_is_rethrown() =>
        Assert.Throws<TimeoutException>(() => ParallelLoop.ForRanges(1000, (_, _) => throw new TimeoutException(), CancellationToken.None));
}
