using System;
using System.IO;
using System.Linq;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Blobs;

/// <summary>
/// Tests that a push or copy acknowledges existing content only if this process verified it before, or verifies it now (amendment 3).
/// </summary>
public class StoredContentTests
{
    private static readonly byte[] Right = Sample.Bytes("right content");
    private static readonly Descriptor Blob = Sample.Describe("text/plain", Right);

    public static readonly TheoryData<string> Ways = ["push", "push without a digest", "batch", "batch without a digest", "copy", "copy of a tag that is there", "import", "artifact"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Stored_file_of_the_right_length_with_other_bytes_is_replaced(string way)
    {
        using var sandbox = new Sandbox();
        using var source = new Sandbox();
        sandbox.Create();
        Prepare(way, sandbox);
        Corrupt(sandbox, Blob);

        Acknowledge(way, sandbox.Isolated(), source);

        Assert.Equal(Right, sandbox.Isolated().Read(Blob));
        Assert.Empty(sandbox.Litter());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Correct_stored_file_is_kept(string way)
    {
        using var sandbox = new Sandbox();
        using var source = new Sandbox();
        sandbox.Create();
        Prepare(way, sandbox);
        sandbox.Isolated().Push(new PushRequest(), new MemoryStream(Right));

        Acknowledge(way, sandbox.Isolated(), source);

        Assert.Equal(Right, sandbox.Isolated().Read(Blob));
        Assert.Empty(sandbox.Litter());
    }

    // Lists the image in the destination. A copy skips content that the destination's index reaches.
    private static void Prepare(string way, Sandbox sandbox)
    {
        if (way == "copy of a tag that is there") Image(sandbox.Create());
    }

    private static void Acknowledge(string way, OciStore store, Sandbox source)
    {
        switch (way)
        {
            case "push":
                store.Push(PushRequest.For(Blob), new MemoryStream(Right));
                break;
            case "push without a digest":
                store.Push(new PushRequest(), new MemoryStream(Right));
                break;
            case "batch":
            case "batch without a digest":
                using (var batch = store.BeginBatch())
                {
                    batch.Stage(way == "batch" ? PushRequest.For(Blob) : new PushRequest(), new MemoryStream(Right));
                    batch.Publish();
                }

                break;
            case "copy":
            case "copy of a tag that is there":
                Image(source.Create());
                using (var copy = new OciCopy(source.Create(), store)) copy.Run(copy.Plan([new CopyRoot(source.Create().Resolve("v1"), "v1")]));
                break;
            case "import":
                Image(source.Create());
                source.Create().Export(source.Create().PlanExport(), source.Beside("image.tar"));
                store.Import(source.Beside("image.tar"));
                break;
            default:
                File.WriteAllBytes(source.Beside("right.txt"), Right);
                using (var batch = store.BeginBatch())
                {
                    var builder = new OciArtifactBuilder(batch);
                    builder.Add(source.Beside("right.txt"));
                    builder.Build(new ArtifactOptions { ArtifactType = "application/x-test" });
                }

                break;
        }
    }

    private static void Image(OciStore store)
    {
        store.Push(new PushRequest(), new MemoryStream(Right));
        var config = store.PushBlob("{}", MediaTypes.Empty);
        var manifest = Sample.Manifest("v1", config, Blob);
        store.Push(new PushRequest { AsManifest = true }, new MemoryStream(manifest));
        store.Tag(Sample.Describe(MediaTypes.ImageManifest, manifest), "v1");
    }

    [Fact]
    public void Unreadable_stored_file_is_replaced()
    {
        using var sandbox = new Sandbox();
        sandbox.Create().Push(new PushRequest(), new MemoryStream(Right));
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.OpenRead && path == sandbox.BlobPath(Blob.Digest)) throw new IOException("Input/output error");
            },
        };
        var written = 0;
        var store = sandbox.Isolated(files);
        var content = new MemoryStream(Right);
        store.Push(PushRequest.For(Blob), content);
        written += (int)content.Position;

        Assert.Equal(Right.Length, written);
    }

    [Fact]
    public void Content_verified_by_this_process_is_not_read_again()
    {
        using var sandbox = new Sandbox();
        sandbox.Create().Push(new PushRequest(), new MemoryStream(Right));
        var reads = 0;
        var files = new HookedFileSystem { Before = (operation, path) => reads += operation == FileOperation.OpenRead && path == sandbox.BlobPath(Blob.Digest) ? 1 : 0 };
        var store = sandbox.Isolated(files);
        for (var i = 0; i < 3; i++) store.Push(new PushRequest { Digest = Blob.Digest, Size = Blob.Size }, new UnreadableStream());
        Assert.Equal(1, reads);
        store.Tag(Blob, "v1");
        var known = reads; // the first tag reads the content to find digests in it
        store.Tag(Blob, "v2");
        Assert.Equal(known, reads);

        // A short blob is not remembered when it is published, but when it was verified again.
        reads = 0;
        var own = sandbox.Isolated(files);
        own.Push(new PushRequest(), new MemoryStream(Right));
        for (var i = 0; i < 2; i++) own.Push(new PushRequest { Digest = Blob.Digest, Size = Blob.Size }, new UnreadableStream());
        Assert.Equal(1, reads);
    }

    [Fact]
    public void Long_blob_that_this_process_published_is_not_read_again()
    {
        using var sandbox = new Sandbox();
        var reads = 0;
        var files = new HookedFileSystem { Before = (operation, path) => reads += operation == FileOperation.OpenRead && path.Contains("blobs", StringComparison.Ordinal) ? 1 : 0 };
        sandbox.Create();
        var store = sandbox.Isolated(files);
        var blob = store.Push(new PushRequest(), new MemoryStream(new byte[1 << 16])).Descriptor;
        store.Push(new PushRequest { Digest = blob.Digest, Size = blob.Size }, new UnreadableStream());
        Assert.Equal(0, reads);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Content_changed_after_verification_is_detected(bool keepTime)
    {
        Assert.SkipUnless(!keepTime || OperatingSystem.IsLinux(), "Only Linux tells the time of change.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        store.Push(new PushRequest(), new MemoryStream(Right));
        var time = File.GetLastWriteTimeUtc(sandbox.BlobPath(Blob.Digest));
        Corrupt(sandbox, Blob);
        File.SetLastWriteTimeUtc(sandbox.BlobPath(Blob.Digest), keepTime ? time : time.AddSeconds(-5));

        Sandbox.Refused(OciErrorKind.DigestMismatch, () => store.Tag(Blob, "v1"));
        store.Push(PushRequest.For(Blob), new MemoryStream(Right));
        store.Tag(Blob, "v1");
        Assert.Equal(Right, sandbox.Isolated().Read(Blob));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Manifest_with_other_bytes_gets_no_tag(bool isKnown)
    {
        using var sandbox = new Sandbox();
        var image = sandbox.Create().PushImage("image");
        var store = isKnown ? sandbox.Create() : sandbox.Isolated();
        Corrupt(sandbox, image);
        File.SetLastWriteTimeUtc(sandbox.BlobPath(image.Digest), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Sandbox.Refused(OciErrorKind.DigestMismatch, () => store.Tag(image, "v1"));
        Assert.Empty(store.GetTags());
    }

    [Fact]
    public void Link_to_correct_content_is_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        using var sandbox = new Sandbox();
        sandbox.Create().Push(new PushRequest(), new MemoryStream([1]));
        File.WriteAllBytes(sandbox.Beside("shared"), Right);
        File.CreateSymbolicLink(sandbox.BlobPath(Blob.Digest), sandbox.Beside("shared"));

        sandbox.Isolated().Push(new PushRequest(), new MemoryStream(Right));
        Assert.NotNull(new FileInfo(sandbox.BlobPath(Blob.Digest)).LinkTarget);

        File.WriteAllText(sandbox.Beside("shared"), "wrong content");
        sandbox.Isolated().Push(new PushRequest(), new MemoryStream(Right));
        Assert.Null(new FileInfo(sandbox.BlobPath(Blob.Digest)).LinkTarget);
        Assert.Equal("wrong content", File.ReadAllText(sandbox.Beside("shared")));
        Assert.Equal(Right, sandbox.Isolated().Read(Blob));
    }

    [Fact]
    public void Correct_file_that_cannot_be_replaced_is_kept()
    {
        using var sandbox = new Sandbox();
        sandbox.Create().Push(new PushRequest(), new MemoryStream(Right));
        var files = new HookedFileSystem();
        var store = sandbox.Isolated(files);
        var moves = 0;
        files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Replace && path == sandbox.BlobPath(Blob.Digest) && ++moves % 2 == 0) throw new IOException("The file is in use");
        };
        store.Push(new PushRequest(), new MemoryStream(Right));
        Assert.Equal(2, moves);
        Assert.Empty(sandbox.Litter());

        Corrupt(sandbox, Blob);
        Assert.Throws<IOException>(() => store.Push(new PushRequest(), new MemoryStream(Right)));
        Assert.Empty(sandbox.Litter());
    }

    private static void Corrupt(Sandbox sandbox, Descriptor content)
    {
        var path = sandbox.BlobPath(content.Digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path)) File.Delete(path);
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)'x', (int)content.Size)]);
    }
}
