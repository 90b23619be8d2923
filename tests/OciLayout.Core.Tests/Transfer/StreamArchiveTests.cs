using System;
using System.IO;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests export to a stream and import from a stream, also when the stream cannot seek and does not know its length.</summary>
public class StreamArchiveTests
{
    [Fact]
    public void AnExportToAStreamHasTheBytesOfAnExportToAFile()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");
        var path = sandbox.Beside("a.tar");
        store.Export(store.PlanExport(), path);
        using var archive = new MemoryStream();

        new OciExport(store).Run(new OciExport(store).Plan(), new ForwardOnlyStream(archive));

        Assert.Equal(File.ReadAllBytes(path), archive.ToArray());
    }

    [Fact]
    public void AnExportReportsItsProgressAndLeavesTheStreamOpen()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Tag(store.PushImage("a"), "v1");
        var plan = new OciExport(store).Plan();
        var written = 0L;
        using var archive = new MemoryStream();

        new OciExport(store).Run(plan, archive, new Observer<long>(bytes => written = bytes));

        Assert.Equal(plan.Size, written);
        Assert.True(archive.CanWrite);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnImportFromAStreamThatCannotSeekFindsEverything(bool isCompressed)
    {
        using var sandbox = new Sandbox();
        var bytes = File.ReadAllBytes(ArchiveBuilder.Layout().Save(sandbox.Beside("a.tar")));
        if (isCompressed) bytes = ArchiveBuilder.Gzip(bytes);
        var read = 0L;
        using var archive = new ForwardOnlyStream(new MemoryStream(bytes));

        var result = new OciImport(sandbox.Create()).Run(archive, new Observer<long>(count => read = count));

        Assert.Equal(["v1"], result.Tags);
        Assert.Equal(3, result.AddedCount);
        Assert.Equal(bytes.Length, read);
        Assert.True(archive.CanRead);
    }

    [Fact]
    public void AStreamThatGrowsBeyondTheLimitIsRefused()
    {
        using var sandbox = new Sandbox();
        using var archive = new ForwardOnlyStream(new MemoryStream(ArchiveBuilder.Gzip(new byte[65 << 20])));

        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciImport(sandbox.Create(), new ImportOptions { ExpansionLimit = 2 }).Run(archive), "stream");
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciImport(sandbox.Create()).Run(Stream.Null), "stream");
    }

    private sealed class ForwardOnlyStream(Stream inner) : DelegatingStream(inner)
    {
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }
    }
}
