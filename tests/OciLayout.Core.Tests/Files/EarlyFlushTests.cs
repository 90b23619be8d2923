using System;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests that large content is flushed while it is still being received, and that a failure of such a flush is reported.</summary>
public class EarlyFlushTests
{
    private const int Size = 80 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Large_content_is_flushed_while_it_is_received(bool isOneOfMany)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows, a second handle cannot flush an open file.");
        using var sandbox = new Sandbox();
        sandbox.Create();
        using var flushed = new ManualResetEventSlim();
        var files = new HookedFileSystem { Before = (operation, _) => { if (operation == FileOperation.Flush) flushed.Set(); } };
        using var content = new Zeros(Size, read =>
        {
            if (read > Size - (1 << 20)) Assert.True(flushed.Wait(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken), "nothing was flushed before the end");
        });

        var pushed = sandbox.Isolated(files).Push(new PushRequest { IsOneOfMany = isOneOfMany }, content, TestContext.Current.CancellationToken);

        Assert.Equal(Digest.Compute(new byte[Size]), pushed.Descriptor.Digest);
    }

    [Fact]
    public void NoFlush_disables_early_flushes()
    {
        using var sandbox = new Sandbox();
        sandbox.Create();
        var files = new HookedFileSystem { Before = (operation, path) => Assert.False(operation == FileOperation.Flush, path) };

        var pushed = sandbox.Isolated(files, new OciStoreOptions { Flush = false }).Push(new PushRequest(), new Zeros(Size), TestContext.Current.CancellationToken);

        Assert.Equal(Size, pushed.Descriptor.Size);
    }

    /// <summary>Tests a failed early flush. The operating system reports an I/O error once; the flush at the end would succeed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Failed_early_flush_fails_the_push(bool isOneOfMany)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows, a second handle cannot flush an open file.");
        using var sandbox = new Sandbox();
        sandbox.Create();
        var before = sandbox.Snapshot();
        var store = sandbox.Isolated(FailingOnce());

        var error = Assert.Throws<IOException>(() => store.Push(new PushRequest { IsOneOfMany = isOneOfMany }, new Zeros(Size)));

        Assert.Equal("the medium is broken", error.Message);
        Assert.Equal(before, sandbox.Snapshot());
        Assert.DoesNotContain(sandbox.Litter(), l => l.EndsWith(".upload", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("blobs.tar")]
    [InlineData("blobs.tar.gz")]
    public void Failed_early_flush_fails_an_output_file(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows, a second handle cannot flush an open file.");
        using var sandbox = new Sandbox();
        var random = new byte[Size]; // does not compress
        new Random(7).NextBytes(random);
        var blob = sandbox.Create().Push(new PushRequest(), new MemoryStream(random), TestContext.Current.CancellationToken).Descriptor;
        var store = sandbox.Isolated(FailingOnce());

        var error = Assert.Throws<IOException>(() =>
        {
            if (name == "blob") store.FetchToFile(blob, sandbox.Beside(name));
            else store.Export(store.PlanExport(), sandbox.Beside(name));
        });

        Assert.Equal("the medium is broken", error.Message);
        Assert.Equal([sandbox.Root], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!).ToArray());
    }

    private static HookedFileSystem FailingOnce()
    {
        var flushes = 0;
        return new HookedFileSystem
        {
            Before = (operation, _) =>
            {
                if (operation == FileOperation.Flush && Interlocked.Increment(ref flushes) == 1) throw new IOException("the medium is broken");
            },
        };
    }

    private sealed class Zeros(long size, Action<long>? reading = null) : ReadOnlyStream
    {
        private long _position;

        public override int Read(byte[] buffer, int offset, int count)
        {
            reading?.Invoke(_position);
            var read = (int)Math.Min(count, size - _position);
            Array.Clear(buffer, offset, read);
            _position += read;
            return read;
        }
    }
}
