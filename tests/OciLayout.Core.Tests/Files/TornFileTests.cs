using System.Text.Json;
using System.Threading;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests how often a file is read that another tool is writing.</summary>
public class TornFileTests
{
    [Fact]
    public void Incomplete_file_of_a_slow_disk_is_read_again()
    {
        var reads = 0;

        var content = TornFile.Read(
            () =>
            {
                if (++reads > 1) return "whole";
                Thread.Sleep(300); // a disk that takes longer for one read than the time for retries
                throw new JsonException("incomplete");
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("whole", content);
    }

    [Fact]
    public void Corrupt_file_is_an_error()
    {
        var reads = 0;

        Assert.Throws<JsonException>(() => TornFile.Read<string>(
            () =>
            {
                reads++;
                throw new JsonException("corrupt");
            },
            TestContext.Current.CancellationToken));

        Assert.True(reads > 1);
    }
}
