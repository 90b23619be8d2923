using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Blobs;

/// <summary>Tests Push (section 2): incorrect content is refused, and existing content is not lost by the attempt.</summary>
public class PushTests
{
    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public async Task Pushed_content_is_fetched_unchanged_with_every_algorithm(DigestAlgorithm algorithm)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        foreach (var length in new[] { 0, 1, 65_535, 65_536, 65_537, 1_000_000, 3 << 20 })
        {
            var content = new byte[length];
            new Random(length).NextBytes(content);

            var result = store.Push(new PushRequest { Algorithm = algorithm, MediaType = "a/b" }, new SlowStream(content));

            Assert.False(result.AlreadyExisted);
            Assert.Equal(
                (Digest.Compute(content, algorithm), (long)length, "a/b"),
                (result.Descriptor.Digest, result.Descriptor.Size, result.Descriptor.MediaType));
            Assert.Equal(content, store.Read(result.Descriptor));
            Assert.Equal(content, File.ReadAllBytes(sandbox.BlobPath(result.Descriptor.Digest)));
        }

        Assert.Empty(sandbox.Litter());
        await sandbox.AssertSoundAsync();
    }

    [Theory]
    [InlineData(5, 4, "5", "4")]
    [InlineData(3, 4, "3", "4")]
    [InlineData(0, 4, "0", "4")]
    [InlineData(100_000, 70_000, "70000", "70000")]
    [InlineData(70_000, 100_000, "70000", "100000")]
    public void Stream_of_wrong_length_is_refused_and_leaves_nothing(int length, int said, string found, string expected)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        var content = new byte[length];
        var descriptor = new Descriptor("a/b", Digest.Compute(content), said);

        var error = Sandbox.Refused(
            OciErrorKind.SizeMismatch,
            () => store.Push(descriptor, new MemoryStream(content)),
            descriptor.Digest.ToString(),
            found,
            expected);

        Assert.Equal(expected, error.Expected);
        Assert.NotNull(error.Actual);
        Assert.Empty(sandbox.Litter());
        Assert.Equal(before, sandbox.Snapshot());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200_000)]
    public void Content_with_a_digest_mismatch_is_refused_and_leaves_nothing(int length)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        var wanted = Digest.Compute("other"u8);
        var content = new byte[length];

        var error = Sandbox.Refused(
            OciErrorKind.DigestMismatch,
            () => store.Push(new Descriptor("a/b", wanted, length), new MemoryStream(content)),
            wanted.ToString(),
            Digest.Compute(content).ToString());

        Assert.Equal((wanted.ToString(), Digest.Compute(content).ToString()), (error.Expected, error.Actual));
        Assert.Empty(sandbox.Litter());
        Assert.Equal(before, sandbox.Snapshot());
    }

    [Fact]
    public void Push_of_stored_content_does_not_read_the_stream()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("text");
        var image = store.PushImage("a");

        Assert.True(store.Push(blob, new UnreadableStream()).AlreadyExisted);
        Assert.True(store.Push(image, new UnreadableStream()).AlreadyExisted);
        Assert.True(store.Push(new PushRequest { Digest = blob.Digest, Size = blob.Size }, new UnreadableStream()).AlreadyExisted);
        Assert.True(store.Push(new PushRequest { MediaType = "text/plain" }, new MemoryStream("text"u8.ToArray())).AlreadyExisted);
        Assert.Empty(sandbox.Litter());
    }

    [Theory]
    [InlineData("")]
    [InlineData("tex")]
    [InlineData("text and more")]
    public void Stored_blob_of_wrong_length_is_replaced(string damaged)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("text");
        File.Delete(sandbox.BlobPath(blob.Digest));
        File.WriteAllText(sandbox.BlobPath(blob.Digest), damaged);

        store.Push(blob, new MemoryStream("text"u8.ToArray()));

        Assert.Equal("text"u8.ToArray(), store.Read(blob));
    }

    [Fact]
    public void Stored_blob_of_wrong_length_is_kept_if_the_upload_is_invalid()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("text");
        File.Delete(sandbox.BlobPath(blob.Digest));
        File.WriteAllText(sandbox.BlobPath(blob.Digest), "damaged");

        Sandbox.Refused(OciErrorKind.DigestMismatch, () => store.Push(blob, new MemoryStream("TEXT"u8.ToArray())));

        Assert.Equal("damaged", File.ReadAllText(sandbox.BlobPath(blob.Digest)));
    }

    [Fact]
    public void Corrupt_manifest_is_replaced_by_pushing_it_again()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var bytes = File.ReadAllBytes(sandbox.BlobPath(image.Digest));
        var rotten = (byte[])bytes.Clone();
        rotten[10] ^= 1;
        File.WriteAllBytes(sandbox.BlobPath(image.Digest), rotten);

        store.Push(new PushRequest { MediaType = image.MediaType, Digest = image.Digest, Size = image.Size }, new MemoryStream(bytes));

        Assert.Equal(bytes, File.ReadAllBytes(sandbox.BlobPath(image.Digest)));
    }

    [Fact]
    public void Blob_adds_no_entry()
    {
        using var sandbox = new Sandbox();
        var before = sandbox.Create();

        before.PushBlob("text");
        before.Push(new PushRequest { MediaType = "application/vnd.oci.image.config.v1+json" }, new MemoryStream("{}"u8.ToArray()));

        Assert.Equal(Sample.Index(), sandbox.IndexText);
    }

    [Fact]
    public void Failed_or_cancelled_stream_leaves_nothing()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var before = sandbox.Snapshot();
        foreach (var after in new[] { 0, 10, 100_000, 3_000_000 })
        {
            var content = new byte[after];
            var failing = new SlowStream(content) { AtEnd = () => throw new InvalidDataException() };
            Assert.Throws<InvalidDataException>(() => store.Push(new PushRequest(), failing));
            using var cancelled = new CancellationTokenSource();
            var endless = new SlowStream(content) { AtEnd = cancelled.Cancel, Endless = true };
            Assert.ThrowsAny<OperationCanceledException>(() => store.Push(new PushRequest(), endless, cancelled.Token));
        }

        Assert.Empty(sandbox.Litter());
        Assert.Equal(before, sandbox.Snapshot());
    }

    [Fact]
    public async Task Concurrent_pushes_of_equal_and_different_content_succeed()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        using var start = new Barrier(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                store.Tag(store.PushImage("shared"), "shared" + i);
                store.Tag(store.PushImage("own" + i), "own" + i);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(16, sandbox.Isolated().GetTags().Count);
        Assert.Empty(sandbox.Litter());
        await sandbox.AssertSoundAsync();
    }

    [Fact]
    public void Content_under_an_algorithm_that_cannot_be_verified_is_refused()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var digest = Digest.Parse("blake3:" + new string('a', 64));

        Sandbox.Refused(
            OciErrorKind.InvalidDigest,
            () => store.Push(new Descriptor("a/b", digest, 1), new UnreadableStream()),
            digest.ToString(),
            "sha256");
        Sandbox.Refused(OciErrorKind.InvalidDigest, () => store.Fetch(new Descriptor("a/b", digest, 1)), digest.ToString(), "sha256");
        Assert.False(store.Exists(digest));
    }
}
