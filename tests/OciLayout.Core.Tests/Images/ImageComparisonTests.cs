using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Images;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests the comparison of the layers, settings and files of two images.</summary>
public sealed class ImageComparisonTests : IDisposable
{
    private static readonly string[] Nothing = [];

    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Layers_are_compared_by_digest_and_then_by_the_digest_of_the_tar()
    {
        ImageLayout.Layer common = Layer(new Archive().File("base")), old = Layer(new Archive().File("old")), added = Layer(new Archive().File("new")), packed = Layer(new Archive().File("packed"));
        var plain = packed with { MediaType = "application/vnd.oci.image.layer.v1.tar", Stored = packed.Tar };

        var rows = Compare(Push(common, old, packed), Push(common, plain, added), includeEqual: true).Where(r => r.Kind == ImageDifferenceKind.Layer).ToList();

        Assert.Equal([$"Same {DigestOf(common)}", $"Removed {DigestOf(old)}", $"Changed {DigestOf(plain)}", $"Added {DigestOf(added)}"], rows.Select(r => r.ToString()));
        Assert.Equal((DigestOf(packed), DigestOf(plain), plain.Stored.Length), (rows[2].Reference, rows[2].Difference, (int)rows[2].Size!));
        Assert.Equal((DigestOf(old), null, old.Stored.Length), (rows[1].Reference, rows[1].Difference, (int)rows[1].Size!));
    }

    [Fact]
    public void A_layer_at_another_place_among_the_layers_is_changed_and_repeated_layers_are_counted()
    {
        ImageLayout.Layer a = Layer(new Archive().File("a")), b = Layer(new Archive().File("b"));

        Assert.Equal([$"Changed {DigestOf(a)}: layer 1, layer 2"], Layers(Compare(Push(a, b), Push(b, a))));
        Assert.Equal([$"Removed {DigestOf(a)}: {DigestOf(a)}, "], Layers(Compare(Push(a, b, a), Push(a, b))));
        Assert.Equal(Nothing, Layers(Compare(Push(a, a), Push(a, a))));
    }

    [Fact]
    public void Settings_are_compared_by_name_also_unknown_ones()
    {
        var rows = Compare(
            PushConfig("""
                {"architecture":"amd64","os":"linux","created":"2026-01-01T00:00:00Z","author":"me","x":{"a":1},
                 "config":{"Cmd":["a b","c"],"Env":["PATH=/bin","GONE"],"Labels":{"a":"1","same":"s"},"ExposedPorts":{"80/tcp":{}},"User":"root","Healthcheck":{"Test": ["NONE"]},"OnBuild":null},
                 "history":[{"created_by":"base"},{"created_by":"old"},{"created_by":"last","created":"2026-01-01T00:00:00Z"}],"rootfs":{"type":"layers","diff_ids":[]}}
                """),
            PushConfig("""
                {"architecture":"arm64","variant":"v8","os":"linux","created":"2026-01-02T00:00:00Z","author":"me","x":{ "a" : 1 },
                 "config":{"Cmd":["a b"],"Env":["PATH=/usr/bin","NEW="],"Labels":{"a":"2","same":"s"},"Volumes":{"/data":{}},"WorkingDir":"/w","StopSignal":"SIGINT"},
                 "history":[{"created_by":"base"},{"created_by":"new","empty_layer":true},{"created_by":"more","empty_layer":true},{"created_by":"last","created":"2026-01-01T00:00:00Z"}],"rootfs":{"type":"layers","diff_ids":[]}}
                """));

        Assert.Equal(
            [
                "Changed Platform: linux/amd64, linux/arm64/v8", "Changed Created: 2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z", """Changed Command: ["a b","c"], ["a b"]""",
                "Changed Environment.PATH: /bin, /usr/bin", "Removed Environment.GONE: , ", "Changed Labels.a: 1, 2", "Removed User: root, ", "Removed ExposedPorts.80/tcp: 80/tcp, ",
                """Removed Healthcheck: {"Test":["NONE"]}, """, "Added Environment.NEW: , ", "Added WorkingDirectory: , /w", "Added Volumes./data: , /data", "Added StopSignal: , SIGINT",
                "Changed History.1: old, new", "Added History.2: , more",
            ],
            Describe(rows));
    }

    [Fact]
    public void An_unknown_member_hides_no_difference()
    {
        // An unknown member can have the name of a setting, and text that is not valid Unicode.
        const string config = """{"architecture":"amd64","os":"linux","User":"top","Healthcheck":1,"x":"\udfff","y":[],"config":{"User":"me","Healthcheck":2},"rootfs":{"type":"layers","diff_ids":[]}}""";
        Assert.Empty(Compare(PushConfig(config), PushConfig(config.Replace("[]", " [ ] ", StringComparison.Ordinal))));
        foreach (var (old, now, expected) in new[]
        {
            ("\"me\"", "\"root\"", "Changed User: me, root"), (":2", ":3", "Changed Healthcheck: 2, 3"), (":1", ":3", "Changed Healthcheck: 1, 3"), ("udfff\"", "ud801\"", "Changed x: \"\\udfff\", \"\\ud801\""),
        })
        {
            Assert.Equal([expected], Describe(Compare(PushConfig(config), PushConfig(config.Replace(old, now, StringComparison.Ordinal)))));
        }
    }

    [Fact]
    public void Sizes_that_exceed_the_range_of_numbers_are_no_error()
    {
        var layer = Layer(new Archive().File("a"));
        var image = Push(layer, Layer(new Archive().File("b")), Layer(new Archive().File("c")));
        string manifest = image.Manifest.Json;
        foreach (var one in image.Layers) manifest = manifest.Replace($"\"size\":{one.Descriptor.Size}", $"\"size\":{long.MaxValue}", StringComparison.Ordinal);
        var large = Read(_images.PushBlob(MediaTypes.ImageManifest, Sample.Bytes(manifest)));

        Assert.Equal(long.MaxValue, large.Layers[1].Descriptor.Size);
        Assert.Equal(long.MaxValue, Comparison(large, large).Size);
    }

    [Fact]
    public void Many_layers_are_compared()
    {
        const int count = 20_000; // the sizes of manifests permit some more
        OciImage old = Layers("a"), now = Layers("b");

        Assert.Equal(2 * count, Compare(old, now).Count);
        Assert.Empty(Compare(old, old));

        OciImage Layers(string seed)
        {
            var layers = Enumerable.Range(0, count).Select(i => $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{Digest.Compute(Sample.Bytes($"{seed}{i}"))}}","size":1}""");
            var json = Push().Manifest.Json.Replace("\"layers\":[", "\"layers\":[" + string.Join(",", layers), StringComparison.Ordinal);
            return Read(_images.PushBlob(MediaTypes.ImageManifest, Sample.Bytes(json)));
        }
    }

    [Fact]
    public void The_times_of_equal_steps_are_shown_when_they_differ()
    {
        const string config = """{"architecture":"amd64","os":"linux","history":[{"created_by":"RUN x","created":"2026-01-01T00:00:00Z"}],"rootfs":{"type":"layers","diff_ids":[]}}""";
        Assert.Equal(
            ["Changed History.0: 2026-01-01T00:00:00Z RUN x, 2026-01-02T00:00:00Z RUN x"],
            Describe(Compare(PushConfig(config), PushConfig(config.Replace("01-01", "01-02", StringComparison.Ordinal)))));
    }

    [Fact]
    public void Files_are_compared_by_type_size_mode_owner_target_and_content_but_not_time()
    {
        var old = new Archive().Directory("d", 0x1ED).File("d/same", "1").File("d/size", "1").File("d/mode", "1").File("d/content", "1").Link("d/link", "a").File("d/type", "1").File("d/gone", "12").HardLink("d/hard", "d/content");
        var now = new Archive().Directory("d", 0x1C0).File("d/same", "1").File("d/size", "22").File("d/mode", "1", 0x9ED).File("d/content", "2").Link("d/link", "b").Link("d/type", "d").File("d/new", "123").HardLink("d/hard", "d/content");
        now.Add(TarEntryType.Fifo, "d/pipe");

        string[] rows = Describe(CompareFiles(Push(Layer(old)), Push(Layer(now))));

        Assert.Equal(
            [
                "Changed /d: mode 0755, mode 0700", $"Changed /d/content: content {Hash("1")}, content {Hash("2")}", "Removed /d/gone: file, size 2, mode 0644, owner 0:0, ",
                $"Changed /d/hard: content {Hash("1")}, content {Hash("2")}", "Changed /d/link: target a, target b", "Changed /d/mode: mode 0644, mode 4755", "Added /d/new: , file, size 3, mode 0644, owner 0:0",
                "Added /d/pipe: , named pipe, mode 0644, owner 0:0", "Changed /d/size: size 1, size 2",
                "Changed /d/type: file, size 1, mode 0644, owner 0:0, symbolic link, target d, owner 0:0",
            ],
            rows);
    }

    [Fact]
    public void A_file_that_an_upper_layer_writes_again_with_the_same_content_is_equal()
    {
        var common = Layer(new Archive().Directory("d").File("d/a", "1").File("d/b", "1").File("d/c", "1").HardLink("d/h", "d/c"));
        var upper = Layer(new Archive().File("d/a", "1").File("d/b", "2").File("d/c", "1").HardLink("d/h", "d/c"));

        Assert.Equal([$"Changed /d/b: content {Hash("1")}, content {Hash("2")}"], Describe(CompareFiles(Push(common), Push(common, upper))));
        Assert.Equal([$"Changed /d/b: content {Hash("2")}, content {Hash("1")}"], Describe(CompareFiles(Push(common, upper), Push(common))));
        Assert.Equal(4, CompareFiles(Push(common), Push(common, upper), includeEqual: true).Count(r => r.Change == ImageChange.Same));
    }

    [Fact]
    public void Deleted_files_are_removed_and_directories_that_only_have_files_are_no_difference()
    {
        var common = Layer(new Archive().Directory("d").File("d/a").File("d/s/b").File("e"));
        var upper = Layer(new Archive().File(".wh.d", "").Directory("d/s").File("d/s/new"));

        Assert.Equal(["Removed /d/a", "Removed /d/s/b", "Added /d/s/new"], CompareFiles(Push(common), Push(common, upper)).Select(r => r.ToString()));
    }

    [Fact]
    public void Layers_that_cannot_differ_are_not_read()
    {
        var common = Layer(new Archive().File("base", new string('b', 100_000)));
        ImageLayout.Layer old = Layer(new Archive().File("app", "1")), now = Layer(new Archive().File("app", "2"));

        var same = Comparison(Push(common, old), Push(common, old));
        Assert.Empty(same.CompareFiles());
        Assert.Equal(0, same.BytesRead);

        var rebuilt = Comparison(Push(common, old), Push(common, now));
        Assert.Equal(["Changed /app"], rebuilt.CompareFiles().Select(r => r.ToString()));
        Assert.Equal(old.Stored.Length + now.Stored.Length, rebuilt.BytesRead);
        Assert.Equal(common.Stored.Length + old.Stored.Length + now.Stored.Length, rebuilt.Size);

        var extended = Comparison(Push(common), Push(common, now));
        Assert.Equal(["Added /app"], extended.CompareFiles().Select(r => r.ToString()));
        Assert.Equal(common.Stored.Length + now.Stored.Length, extended.BytesRead);
    }

    [Fact]
    public void A_layer_of_very_many_files_is_compared()
    {
        const int count = 40_000; // more than a scan keeps in memory
        Archive old = new(), now = new();
        for (int i = 0; i < count; i++) old.File($"d/{i}", i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        now.File("d/7", "8").File("d/39999", "39999").File("d/.wh.8", "");
        var common = Layer(old);

        Assert.Equal(["Changed /d/7", "Removed /d/8"], CompareFiles(Push(common), Push(common, Layer(now))).Select(r => r.ToString()));
    }

    [Fact]
    public void The_result_is_that_of_the_complete_lists_for_random_layers()
    {
        var random = new Random(20260131);
        int compared = 0, rows = 0;
        for (int round = 0; round < 250; round++)
        {
            ImageLayout.Layer[] pool = [.. Enumerable.Range(0, 5).Select(_ => Layer(RandomArchive(random)))];
            var common = Pick(random, pool);
            OciImage old = Push([.. common, .. Pick(random, pool)]), now = Push([.. common, .. Pick(random, pool)]);
            string[] expected;
            try
            {
                expected = Oracle(old, now);
            }
            catch (OciException e) when (e.Kind is OciErrorKind.UnsafePath or OciErrorKind.InvalidArchive)
            {
                continue; // the layers contradict each other
            }

            compared++;
            rows += expected.Length;
            Assert.Equal(expected, CompareFiles(old, now).Select(r => r.ToString()));
        }

        Assert.InRange(compared, 100, 250);
        Assert.InRange(rows, 300, int.MaxValue);
    }

    [Fact]
    public async Task Images_of_indexes_are_compared_by_their_platforms()
    {
        Descriptor amd = Image("linux/amd64", "1"), arm = Image("linux/arm64", "1"), arm8 = Image("linux/arm64/v8", "2"), s390x = Image("linux/s390x", "1");
        Descriptor old = Index((amd, "linux/amd64"), (arm, "linux/arm64")), now = Index((s390x, "linux/s390x"), (arm8, "linux/arm64/v8"));

        var pairs = await Plan(old, now);
        Assert.Equal([(amd.Digest, null), (arm.Digest, arm8.Digest), (null, s390x.Digest)], pairs.Select(p => (p.Reference?.Descriptor.Digest, p.Difference?.Descriptor.Digest)));
        Assert.Equal(["Removed Platform: linux/amd64, "], Describe(pairs[0].Compare()));
        Assert.Equal(["Added Platform: , linux/s390x"], Describe(pairs[2].Compare()));
        Assert.Empty(pairs[2].CompareFiles());

        Assert.Equal(arm.Digest, Assert.Single(await Plan(old, arm8, Platform.Parse("linux/arm64"))).Reference!.Descriptor.Digest);
        Assert.Equal(arm8.Digest, Assert.Single(await Plan(old, now, Platform.Parse("linux/arm64"))).Difference!.Descriptor.Digest);
        Assert.Equal(amd.Digest, Assert.Single(await Plan(amd, old)).Difference!.Descriptor.Digest);
        Assert.Equal(amd.Digest, Assert.Single(await Plan(old, Image("linux/amd64", "3"))).Reference!.Descriptor.Digest);
        Assert.Equal(s390x.Digest, Assert.Single(await Plan(amd, Index((s390x, "linux/s390x")))).Difference!.Descriptor.Digest);
        Assert.Single(await Plan(Index((amd, "linux/amd64")), Index((s390x, "linux/s390x"))));
        Assert.Equal(OciErrorKind.NotFound, (await Assert.ThrowsAsync<OciException>(() => Plan(s390x, old))).Kind);
        Assert.Equal(OciErrorKind.NotFound, (await Assert.ThrowsAsync<OciException>(() => Plan(old, now, Platform.Parse("linux/amd64")))).Kind);
        Assert.Equal(OciErrorKind.UnsupportedMediaType, (await Assert.ThrowsAsync<OciException>(() => Plan(amd, _images.PushBlob("text/plain", [1])))).Kind);
    }

    [Fact]
    public async Task Indexes_of_many_platforms_are_compared()
    {
        const int count = 4_000;
        Descriptor image = Image("linux/amd64", "1");
        Descriptor Platforms(string os) => Index([.. Enumerable.Range(0, count).Select(i => (image, $"{os}/a{i}"))]);

        Assert.Equal(2 * count, (await Plan(Platforms("linux"), Platforms("plan9"))).Count);
        Assert.Equal(count, (await Plan(Platforms("linux"), Platforms("linux"))).Count(p => p.Reference is not null && p.Difference is not null));
    }

    [Fact]
    public async Task Indexes_are_compared_by_media_type_and_annotations()
    {
        var image = Image("linux/amd64", "1");
        Descriptor Annotated(string annotations) => _images.PushBlob(MediaTypes.ImageIndex, Sample.Bytes(Sample.Index(Sample.Json(image)).TrimEnd()[..^1] + annotations + "}"));
        Descriptor old = Annotated(""","annotations":{"same":"s","a":"1","gone":"x"}"""), now = Annotated(""","annotations":{"new":"","a":"2","same":"s"}""");
        var docker = _images.PushBlob(MediaTypes.DockerManifestList, Sample.Bytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.DockerManifestList}}","manifests":[{{Sample.Json(image)}}]}"""));

        Assert.Equal(["Changed Index.Annotations.a: 1, 2", "Removed Index.Annotations.gone: x, ", "Added Index.Annotations.new: , "], Describe(await CompareIndexes(old, now)));
        Assert.Equal([$"Changed Index.MediaType: {MediaTypes.ImageIndex}, {MediaTypes.DockerManifestList}"], Describe(await CompareIndexes(Index((image, "linux/amd64")), docker)));
        Assert.Empty(await CompareIndexes(old, old));
        Assert.Equal(4, (await CompareIndexes(old, old, includeEqual: true)).Count(r => r.Change == ImageChange.Same));
        Assert.Empty(await CompareIndexes(old, image));
        Assert.Empty(await CompareIndexes(image, old));

        Task<IReadOnlyList<ImageDifference>> CompareIndexes(Descriptor one, Descriptor other, bool includeEqual = false) =>
            OciImageComparison.CompareIndexesAsync(_images.Layout.Store, one, _images.Layout.Store, other, includeEqual, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Paths_that_need_too_much_memory_are_an_error()
    {
        var layer = Layer(new Archive().File("d/file1").File("d/file2"));
        OciImage old = Push(), now = Push(layer);

        Assert.Equal(2, Files(16).Count);
        var error = Assert.Throws<OciException>(() => Files(15));
        Assert.Equal(OciErrorKind.SizeLimitExceeded, error.Kind);
        Assert.Contains("15", error.Message, StringComparison.Ordinal);

        IReadOnlyList<ImageDifference> Files(long most) => new FileComparer(
            now.Descriptor.Digest, (old.Place.Content, old.Layers), (now.Place.Content, now.Layers), includeEqual: false, _ => { }, TestContext.Current.CancellationToken, most).Compare();
    }

    [Fact]
    public void Reading_stops_when_it_is_canceled_and_a_corrupt_layer_is_an_error()
    {
        ImageLayout.Layer old = Layer(new Archive().File("a", "1")), wrong = Layer(new Archive().File("a", "2")) with { DiffId = DigestOf(old) };
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Comparison(Push(old), Push(Layer(new Archive().File("b")))).CompareFiles(cancellationToken: stop.Token));
        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Throws<OciException>(() => CompareFiles(Push(old), Push(wrong))).Kind);
    }

    private static ImageLayout.Layer Layer(Archive archive) => new(archive.ToTar());

    private static string DigestOf(ImageLayout.Layer layer) => Digest.Compute(layer.Stored).ToString();

    private static string Hash(string content) => Digest.Compute(Sample.Bytes(content)).ToString()[..19];

    private static string[] Describe(IEnumerable<ImageDifference> rows) => [.. rows.Select(r => $"{r}: {r.Reference}, {r.Difference}")];

    private static string[] Layers(IEnumerable<ImageDifference> rows) => Describe(rows.Where(r => r.Kind == ImageDifferenceKind.Layer));

    private static OciImageComparison Comparison(OciImage old, OciImage now) => new(old, now);

    private static IReadOnlyList<ImageDifference> Compare(OciImage old, OciImage now, bool includeEqual = false) => Comparison(old, now).Compare(includeEqual);

    private static IReadOnlyList<ImageDifference> CompareFiles(OciImage old, OciImage now, bool includeEqual = false) => Comparison(old, now).CompareFiles(includeEqual, TestContext.Current.CancellationToken);

    private static ImageLayout.Layer[] Pick(Random random, ImageLayout.Layer[] pool) => [.. Enumerable.Range(0, random.Next(3)).Select(_ => pool[random.Next(pool.Length)])];

    private static Archive RandomArchive(Random random)
    {
        string[] names = ["a", "b", "d/a", "d/b", "d/e/a", "d/e/b"];
        var archive = new Archive();
        if (random.Next(3) == 0) archive.Directory("d", random.Next(2) == 0 ? 0x1ED : 0x1C0);
        if (random.Next(4) == 0) archive.Directory("d/e");
        if (random.Next(8) == 0) archive.File("d/.wh..wh..opq", "");
        var files = new List<string>();
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            string name = names[random.Next(names.Length)];
            switch (random.Next(8))
            {
                case 0: archive.File(name.Insert(name.LastIndexOf('/') + 1, ".wh."), ""); break;
                case 1: archive.Link(name, random.Next(2) == 0 ? "a" : "b"); break;
                case 2 when files.Count > 0: archive.HardLink(name, files[random.Next(files.Count)]); break;
                case 3: archive.File(random.Next(2) == 0 ? ".wh.d" : "d/.wh.e", ""); break;
                default:
                    archive.File(name, random.Next(3) == 0 ? "longer" : random.Next(2) == 0 ? "1" : "2", random.Next(4) == 0 ? 0x1ED : 0x1A4);
                    files.Add(name);
                    break;
            }
        }

        return archive;
    }

    // Lists both images completely, and reads the content of every file on its own.
    private static string[] Oracle(OciImage old, OciImage now)
    {
        var before = Read(old);
        var after = Read(now);
        return
        [
            .. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal).Select(path => (before.TryGetValue(path, out string? one), after.TryGetValue(path, out string? other)) switch
            {
                (true, true) => one == other ? null : $"Changed {path}",
                (true, false) => Implied(one!, path, after) ? null : $"Removed {path}",
                _ => Implied(other!, path, before) ? null : $"Added {path}",
            }).OfType<string>(),
        ];

        static bool Implied(string file, string path, Dictionary<string, string> other) => file.StartsWith("Directory", StringComparison.Ordinal) && other.Keys.Any(p => p.StartsWith(path + "/", StringComparison.Ordinal));

        static Dictionary<string, string> Read(OciImage image)
        {
            var files = new OciImageFiles(image);
            return files.List().ToDictionary(f => f.Path, f => $"{f.Kind} {f.Size} {(f.Kind == ImageFileKind.SymbolicLink ? 0 : f.Mode)} {f.LinkTarget} {Content(files, f)}");
        }

        static string Content(OciImageFiles files, ImageFile file)
        {
            if (file.Kind is not (ImageFileKind.File or ImageFileKind.HardLink)) return "";
            using var memory = new MemoryStream();
            files.CopyTo(file, memory);
            return Convert.ToHexString(memory.ToArray());
        }
    }

    private OciImage Push(params ImageLayout.Layer[] layers) => Read(_images.Push("linux/amd64", null, layers));

    private OciImage PushConfig(string config) => Read(_images.Push("linux/amd64", config));

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();

    private Descriptor Image(string platform, string content) => _images.Push(platform, null, Layer(new Archive().File("a", content)));

    private Descriptor Index(params (Descriptor Image, string Platform)[] members) =>
        _images.PushIndex([.. members.Select(m => new Descriptor(m.Image.MediaType, m.Image.Digest, m.Image.Size) { Platform = Platform.Parse(m.Platform) })]);

    private Task<IReadOnlyList<OciImageComparison>> Plan(Descriptor old, Descriptor now, Platform? platform = null) =>
        OciImageComparison.PlanAsync(_images.Layout.Store, old, _images.Layout.Store, now, platform, TestContext.Current.CancellationToken);
}
