using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using OciLayout.Index;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>Tests that a change of the index changes the entries that it names and no other byte (section 1).</summary>
public class IndexPreservationTests
{
    [Fact]
    public async Task Hand_written_index_keeps_its_indentation()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        Descriptor a = sandbox.PutImage("a"), b = sandbox.PutImage("b");
        var text = $$"""
            {
              "annotations" : { "by": "hand", "<>+é": "\u00e9" },
              "manifests": [
                {
                  "size": {{a.Size}}, "future": [ 1.0, 1e3 ],
                  "digest": "{{a.Digest}}",
                  "mediaType": "{{a.MediaType}}",
                  "annotations": {
                    "first": "1",
                    "org.opencontainers.image.ref.name": "v1",
                    "last": "2"
                  }
                },
                { "mediaType": "{{b.MediaType}}", "digest": "{{b.Digest}}", "size": {{b.Size}} }
              ],
              "schemaVersion": 2, "more": { "manifests": [ {} ] }
            }

            """;
        sandbox.IndexText = text;
        var store = sandbox.Open();

        store.Tag(b, "v2");
        var listed = $$"""{ "mediaType": "{{b.MediaType}}", "digest": "{{b.Digest}}", "size": {{b.Size}} }""";
        var tagged = listed.Replace("{ ", "{", StringComparison.Ordinal).Replace(", ", ",", StringComparison.Ordinal)
            .Replace(" }", "", StringComparison.Ordinal)
            + ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"v2\"}}";
        Assert.Equal(text.Replace(listed, tagged, StringComparison.Ordinal), sandbox.IndexText);
        store.Untag("v2");
        store.Untag("v1");

        Assert.Equal("1", store.GetEntries()[0].Descriptor!.Annotations["first"]);
        Assert.Equal("2", store.GetEntries()[0].Descriptor!.Annotations["last"]);
        Assert.Contains("\"future\": [ 1.0, 1e3 ]", sandbox.IndexText, StringComparison.Ordinal);
        Assert.StartsWith(
            text.Substring(0, text.IndexOf("\"manifests\"", StringComparison.Ordinal)),
            sandbox.IndexText,
            StringComparison.Ordinal);
        Assert.EndsWith(text.Substring(text.LastIndexOf("\n  ],", StringComparison.Ordinal)), sandbox.IndexText, StringComparison.Ordinal);
        await sandbox.AssertSoundAsync();
    }

    private static readonly string[] Blanks = ["", " ", "\n", "\t", "\r\n  ", "  "];
    private static readonly string[] Extras =
    [
        "", "\"x\":[{\"manifests\":null}],", "\"platform\":{\"os\":\"a\",\"architecture\":\"b\"},", "\"x\":\"\\u005d\\\"}\",", "\"data\":\"e30=\",",
    ];

    /// <summary>Tests random entries in random spelling: each operation may change only the entries that it names.</summary>
    [Fact]
    public void Random_changes_keep_unnamed_entries_byte_for_byte()
    {
        using var sandbox = new Sandbox().WithIndex(Sample.Index());
        var images = Enumerable.Range(0, 4).Select(i => sandbox.PutImage("image " + i)).ToArray();
        var blanks = Gen.Int[0, 5].Select(i => Blanks[i]);
        var tag = Gen.Int[0, 4].Select(i => i == 4 ? null : "tag" + i);
        var extra = Gen.Int[0, 4].Select(i => Extras[i]);
        var entry = Gen.Select(Gen.Int[0, 3], tag, blanks, blanks, extra).Select((image, name, before, inside, more) =>
            (Name: name, Image: image, Text: before + "{" + more + inside
                + $"\"mediaType\":{inside}\"{images[image].MediaType}\"{inside},\"size\":{images[image].Size}"
                + $",\"digest\":\"{images[image].Digest}\""
                + (name is null ? "" : $",\"annotations\":{{\"a\":\"{name}\"{inside},{before}\"org.opencontainers.image.ref.name\":\"{name}\"}}")
                + inside + "}"));
        var operation = Gen.Select(Gen.Int[0, 1], Gen.Int[0, 3], Gen.Int[0, 3])
            .Select((what, name, image) => (Tags: what == 0, Name: "tag" + name, Image: image));

        Gen.Select(entry.Array[0, 8], operation.Array[1, 6], blanks).Sample(
            (entries, operations, after) =>
            {
                const string head = "{\"schemaVersion\":2,\"x\":1,\"manifests\":[";
                var tail = after + "],\"annotations\":{\"z\":\"z\"}}";
                sandbox.IndexText = head + string.Join(",", entries.Select(e => e.Text)) + tail;
                var store = sandbox.Isolated(options: new OciStoreOptions { Flush = false });
                var named = new HashSet<string?>();
                var touched = new HashSet<int>();
                foreach (var (tags, name, image) in operations)
                {
                    if (!tags && store.GetTags().All(t => t.Tag != name)) continue;
                    named.Add(name);
                    if (tags) touched.Add(image);
                    if (tags) store.Tag(images[image], name);
                    else store.Untag(name);
                    var written = sandbox.IndexText;
                    if (!written.StartsWith(head, StringComparison.Ordinal)) return false;
                    if (!written.EndsWith(tail, StringComparison.Ordinal)) return false;
                    var at = head.Length;
                    foreach (var (kept, of, text) in entries)
                    {
                        if (named.Contains(kept) || (kept is null && touched.Contains(of))) continue;
                        at = written.IndexOf(text, at, StringComparison.Ordinal);
                        if (at < 0) return false;
                        at += text.Length;
                    }

                    if (tags && sandbox.Isolated().Resolve(name).Digest != images[image].Digest) return false;
                }

                return true;
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public async Task Every_index_of_a_random_sequence_of_changes_is_valid()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create();
        var schema = await SpecificationSchema.LoadAsync(SpecificationSchema.Index);
        void Valid() => Assert.Empty(schema.Validate(sandbox.IndexText));
        for (var i = 0; i < 4; i++)
        {
            var image = store.PushImage("image " + i);
            Valid();
            store.Tag(image, "v" + i);
            store.Tag(image, "latest");
            Valid();
        }

        store.Untag("v1");
        Valid();
        store.Delete(store.PlanDeletion("v2"));
        store.Delete(store.PlanDeletion("latest", new DeletionOptions { Force = true }));
        Valid();
        store.Untag("v0");
        store.Collect(new GarbageOptions { Force = true });
        Valid();
        Assert.Empty(store.GetEntries());
        Assert.EndsWith("\"manifests\":[]}", sandbox.IndexText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_always_sees_a_complete_index()
    {
        using var sandbox = new Sandbox();
        var store = sandbox.Create(new OciStoreOptions { Flush = false });
        var image = store.PushImage("a");
        var done = false;
        var reader = Task.Factory.StartNew(
            () =>
            {
                var seen = 0;
                while (!Volatile(ref done) || seen == 0)
                {
                    _ = IndexTable.Parse(Encoding.UTF8.GetBytes(sandbox.IndexText)); // throws if the file is incomplete
                    seen++;
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var i = 0; i < 200; i++) store.Tag(image, "tag" + i);
        System.Threading.Volatile.Write(ref done, true);

        await reader.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
    }

    private static bool Volatile(ref bool flag) => System.Threading.Volatile.Read(ref flag);
}
