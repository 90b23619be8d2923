using System;
using System.IO;
using Xunit;

namespace OciLayout.Tests.Blobs;

/// <summary>Tests Fetch and Exists (section 2): content that is read to its end matches the requested digest.</summary>
public class FetchTests
{
    [Fact]
    public void Missing_content_is_reported_with_its_digest()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var missing = Sample.Describe("a/b", "not stored"u8.ToArray());

        Assert.False(store.Exists(missing.Digest));
        Sandbox.Refused(OciErrorKind.NotFound, () => store.Fetch(missing), missing.Digest.ToString());
        Sandbox.Refused(OciErrorKind.InvalidDigest, () => store.Exists(default));
        Assert.True(store.Exists(store.PushBlob("text").Digest));
    }

    [Fact]
    public void Length_is_verified_when_content_is_opened()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("text");

        var error = Sandbox.Refused(
            OciErrorKind.SizeMismatch,
            () => store.Fetch(new Descriptor("a/b", blob.Digest, 5)),
            blob.Digest.ToString(),
            "5",
            "4");

        Assert.Equal(("5", "4"), (error.Expected, error.Actual));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(4096)]
    public void Read_of_the_last_byte_fails_if_the_digest_does_not_match(int piece)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("content");
        File.Delete(sandbox.BlobPath(blob.Digest));
        File.WriteAllText(sandbox.BlobPath(blob.Digest), "CONTENT");

        using var stream = store.Fetch(blob);
        var delivered = 0;
        var error = Sandbox.Refused(
            OciErrorKind.DigestMismatch,
            () =>
            {
                for (int read; (read = stream.Read(new byte[piece], 0, piece)) > 0;) delivered += read;
            },
            blob.Digest.ToString(),
            Digest.Compute("CONTENT"u8).ToString());

        Assert.True(delivered < blob.Size);
        Assert.Equal(blob.Digest.ToString(), error.Expected);
    }

    [Fact]
    public void Content_truncated_while_it_is_read_is_an_error()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var content = new byte[1 << 20];
        var blob = store.Push(new PushRequest(), new MemoryStream(content)).Descriptor;
        using var stream = store.Fetch(blob);
        Assert.True(stream.Read(new byte[1000], 0, 1000) > 0);
        Sandbox.SetMode(sandbox.BlobPath(blob.Digest), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        const FileShare all = FileShare.ReadWrite | FileShare.Delete;
        using (var file = new FileStream(sandbox.BlobPath(blob.Digest), FileMode.Open, FileAccess.Write, all)) file.SetLength(5000);

        Sandbox.Refused(OciErrorKind.SizeMismatch, () => stream.CopyTo(Stream.Null), blob.Digest.ToString(), "5000");
    }

    [Fact]
    public void Manifest_is_parsed_by_its_type_and_a_blob_is_refused()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var blob = store.PushBlob("text");

        Assert.Single(store.GetManifest(image).Layers);
        Sandbox.Refused(OciErrorKind.UnsupportedMediaType, () => store.GetManifest(blob), blob.Digest.ToString(), "text/plain");
        Sandbox.Refused(
            OciErrorKind.InvalidManifest,
            () => store.GetManifest(new Descriptor(MediaTypes.ImageManifest, blob.Digest, blob.Size)),
            blob.Digest.ToString());
        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => store.ReadAll(blob, 3), blob.Digest.ToString(), "3", "4");
    }

    [Fact]
    public void Content_deleted_while_it_is_read_is_read_to_the_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows ends a file with its last handle; its name is reused only then.");
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("content");
        using var stream = store.Fetch(blob);

        File.Delete(sandbox.BlobPath(blob.Digest));

        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        Assert.Equal("content"u8.ToArray(), memory.ToArray());
    }

    [Fact]
    public void Reading_after_a_digest_mismatch_fails_again()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob("right content");
        File.Delete(sandbox.BlobPath(blob.Digest));
        File.WriteAllText(sandbox.BlobPath(blob.Digest), "wrong content");
        var buffer = new byte[32];
        using var content = sandbox.Isolated().Fetch(blob);

        for (var i = 0; i < 3; i++) Sandbox.Refused(OciErrorKind.DigestMismatch, () => Assert.Equal(0, content.Read(buffer, 1, 31)));

        Assert.All(buffer, b => Assert.Equal(0, b));
    }

    [Fact]
    public void Reading_after_truncated_content_fails_again()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var blob = store.PushBlob(new string('x', 1000));
        using var content = sandbox.Isolated().Fetch(blob);
        Sandbox.SetMode(sandbox.BlobPath(blob.Digest), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = new FileStream(sandbox.BlobPath(blob.Digest), FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(10);
        var buffer = new byte[2000];

        Assert.Equal(10, content.Read(buffer, 0, buffer.Length));
        for (var i = 0; i < 3; i++) Sandbox.Refused(OciErrorKind.SizeMismatch, () => Assert.Equal(0, content.Read(buffer, 0, buffer.Length)));
    }
}
