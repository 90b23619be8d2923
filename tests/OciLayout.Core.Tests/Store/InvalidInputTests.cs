using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests invalid digests, references and indexes: the error has the right kind and text, and the store is unchanged.</summary>
public class InvalidInputTests
{
    public static TheoryData<string, string> BadDigests => new()
    {
        { "", "empty" },
        { "sha256", "colon" },
        { "sha256:", "colon" },
        { ":" + new string('a', 64), "colon" },
        { "sha256:" + new string('A', 64), "lower-case hex" },
        { "sha256:" + new string('a', 63), "64 hex digits, not 63" },
        { "sha256:" + new string('a', 65), "64 hex digits, not 65" },
        { "sha256:" + new string('a', 128), "64 hex digits, not 128" },
        { "sha384:" + new string('a', 64), "96 hex digits, not 64" },
        { "sha512:" + new string('a', 64), "128 hex digits, not 64" },
        { "sha256:" + new string('g', 64), "lower-case hex" },
        { "sha256:../" + new string('a', 61), "lower-case hex" },
        { "sha256:" + new string('a', 63) + "\0", "lower-case hex" },
        { "sha256:" + new string('a', 63) + "\n", "lower-case hex" },
        { "sha256:" + new string('\u0661', 64), "lower-case hex" },
        { "SHA256:" + new string('a', 64), "algorithm" },
        { "../sha256:" + new string('a', 64), "algorithm" },
        { "sha256+:" + new string('a', 64), "algorithm" },
        { "blake3:a/../b", "characters" },
        { "blake3:a:b", "characters" },
        { "blake3:..", "characters" },
        { "blake3:" + new string('a', 1_000_000), "1000007 characters" },
        { "sha256:" + new string('a', 1_000_000), "1000007 characters" },
    };

    [Theory]
    [MemberData(nameof(BadDigests))]
    public void Invalid_digest_is_refused_with_the_reason(string text, string why)
    {
        var error = Sandbox.Refused(OciErrorKind.InvalidDigest, () => Digest.Parse(text), "is not a digest", why);

        Assert.NotNull(error.Expected);
        Assert.True(error.Actual is { Length: < 200 });
        Assert.False(Digest.TryParse(text, out var digest));
        Assert.True(digest.IsEmpty);
    }

    [Fact]
    public void Digest_of_an_unknown_algorithm_is_preserved_but_cannot_be_verified()
    {
        var digest = Digest.Parse("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8");
        Assert.False(digest.IsVerifiable);
        Assert.Equal("multihash+base58", digest.Algorithm);
        Assert.True(Digest.Compute("x"u8).IsVerifiable);
    }

    public static TheoryData<string, string> BadTags => new()
    {
        { " ", "spaces" },
        { "a b", "spaces" },
        { "a\tb", "control" },
        { "a\0b", "control" },
        { "a\u0085b", "control" },
        { "a\u00A0b", "spaces" },
        { "v1\n", "control" },
        { new string('a', 256), "256" },
        { new string('a', 100_000), "100000" },
        { "-a", "characters" },
        { "a/", "characters" },
        { "/a", "characters" },
        { "a//b", "characters" },
        { "../a", "characters" },
        { "ünï", "characters" },
        { "a\"b", "characters" },
        { "a*", "characters" },
        { "sha256:" + new string('b', 64), "digest of another object" },
        { "sha512:" + new string('b', 128), "digest of another object" },
        { "sha256:abcdef0", "looks like a digest" },
    };

    [Theory]
    [MemberData(nameof(BadTags))]
    public void Invalid_tag_is_refused_with_the_reason(string tag, string why)
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        var before = sandbox.Snapshot();

        var error = Sandbox.Refused(OciErrorKind.InvalidReference, () => store.Tag(image, tag), why);

        Assert.NotNull(error.Expected);
        Assert.True(error.Subject is { Length: < 200 });
        Assert.Empty(store.GetTags());
        Assert.Equal(before, sandbox.Snapshot());
    }

    public static TheoryData<string, byte[]> BadIndexes => new()
    {
        { "empty", [] },
        { "blank", "  \n"u8.ToArray() },
        { "a mark and nothing", [0xEF, 0xBB, 0xBF] },
        { "truncated", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"dig"u8.ToArray() },
        { "truncated before the end", "{\"schemaVersion\":2,\"manifests\":[]"u8.ToArray() },
        { "binary", [0, 1, 2, 0xFF, 0xFE, 0x80, (byte)'{', (byte)'}'] },
        { "UTF-16", System.Text.Encoding.Unicode.GetBytes("{\"manifests\":[]}") },
        { "manifests missing", "{\"schemaVersion\":2}"u8.ToArray() },
        { "manifests an object", "{\"manifests\":{}}"u8.ToArray() },
        { "manifests a string", "{\"manifests\":\"[]\"}"u8.ToArray() },
        { "manifests a number", "{\"manifests\":0}"u8.ToArray() },
        { "manifests twice", "{\"manifests\":[],\"manifests\":[]}"u8.ToArray() },
        { "manifests in other case", "{\"Manifests\":[]}"u8.ToArray() },
        { "an array", "[]"u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "two documents", "{\"manifests\":[]}{\"manifests\":[]}"u8.ToArray() },
        { "trailing comma", "{\"manifests\":[],}"u8.ToArray() },
        { "comment", "{/* none */\"manifests\":[]}"u8.ToArray() },
        { "very deep", [.. "{\"x\":"u8, .. Enumerable.Repeat((byte)'[', 1_000_000)] },
        { "200 MB of garbage", [] },
    };

    [Theory]
    [MemberData(nameof(BadIndexes))]
    public void Invalid_index_is_refused_and_not_overwritten(string what, byte[] content)
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var image = sandbox.PutImage("a");
        var store = sandbox.Open();
        store.PushBlob("opens the session");
        File.WriteAllBytes(sandbox.IndexPath, content);
        if (what.StartsWith("200 MB", StringComparison.Ordinal))
        {
            using var file = new FileStream(sandbox.IndexPath, FileMode.Open);
            file.SetLength(200 << 20);
        }

        var before = sandbox.Snapshot();
        Action[] uses = [() => sandbox.Isolated(), () => store.Tag(image, "v1"), () => store.GetTags()];
        Action[] more =
        [
            () => sandbox.Open().GetEntries(), () => sandbox.Create().GetTags(), () => store.Resolve("v1"), () => store.Untag("v1"),
            () => store.Collect(new GarbageOptions { Force = true }),
        ];
        foreach (var use in what == "truncated" ? [.. uses, .. more] : uses) // each call first waits for a tool that may be writing
        {
            var error = Sandbox.Refused(OciErrorKind.InvalidIndex, use, "index.json", sandbox.Root, "was not changed");
            Assert.Contains("image index", error.Expected, StringComparison.Ordinal);
        }

        Assert.Equal(before, sandbox.Snapshot());
        Assert.Empty(sandbox.Litter());

        sandbox.IndexText = Sample.Index(Sample.Entry(image, "v0")); // repaired by hand
        store.Tag(image, "v2");
        Assert.Equal(["v0", "v2"], store.TagNames()); // without v1, because that call failed
    }

    [Fact]
    public void Missing_index_is_reported_and_not_recreated_if_content_exists()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var image = store.PushImage("a");
        File.Delete(sandbox.IndexPath);

        Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.GetTags(), sandbox.Root, "index.json");
        Sandbox.Refused(OciErrorKind.InvalidLayout, () => store.Tag(image, "v1"), sandbox.Root, "index.json");
        Assert.False(File.Exists(sandbox.IndexPath));
    }

    [Fact]
    public void Index_that_is_a_directory_is_refused()
    {
        using var sandbox = new Sandbox().WithIndex("");
        File.Delete(sandbox.IndexPath);
        Directory.CreateDirectory(sandbox.IndexPath);

        Sandbox.Refused(OciErrorKind.InvalidIndex, () => sandbox.Open(), sandbox.Root, "index.json");
        Assert.True(Directory.Exists(sandbox.IndexPath));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with blanks  and [brackets] {and} 'quotes' \"too\" $HOME `x` %TEMP% #1 *?")]
    [InlineData("Größe-日本語-😀-e\u0301")]
    [InlineData("-starts-with-a-dash")]
    [InlineData("name.json")]
    public async Task Store_opens_by_any_spelling_of_its_path(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && name.Contains('*', StringComparison.Ordinal), "Windows has no such file names.");
        using var sandbox = new Sandbox(name);
        var store = sandbox.Create();
        var image = store.PushImage("a");
        store.Tag(image, "v1");
        store.Untag("v1");
        store.Tag(image, "v2");
        store.Collect();

        Assert.Equal(sandbox.Root, store.Path);
        Assert.Equal(["v2"], sandbox.Isolated().TagNames());
        Assert.Equal(3, store.Walk(store.Resolve("v2")).Count(v => !v.IsMissing));
        Assert.Equal([name], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(sandbox.Root)!).Select(Path.GetFileName));
        await sandbox.AssertSoundAsync();
    }
}
