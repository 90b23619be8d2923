using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace OciLayout.Framework;

/// <summary>Push, tag, list, resolve, delete, collect, copy, export, import and verify, each with its refusals.</summary>
internal sealed class Scenarios(string root)
{
    private const string Layer = "application/x-layer";
    private readonly OciStore _store = OciStore.Create(Path.Combine(root, "store"));

    public void Run()
    {
        Push();
        Tag();
        Read();
        Transfer();
        Artifacts();
        Images();
        Remove();
        Verify("store");
        Verify("copy");
        Verify("import");
        Errors();
    }

    // A full disk, a read-only file system and a full quota on Linux. Mono itself has the texts of other errors of Windows.
    private static void Errors()
    {
        if (Environment.OSVersion.Platform != PlatformID.Unix) return;
        var failure = typeof(OciStore).Assembly.GetType("OciLayout.Files.SystemError", throwOnError: true)!.GetMethod("Failure")!;
        foreach (int error in new[] { 28, 30, 122 }) Say($"error {error}", ((Exception)failure.Invoke(null, [error, "/file"])!).Message);
    }

    private static void Say(string name, object? value) => Console.WriteLine($"{name}: {value}");

    private static void Refuse(string name, Action action)
    {
        try
        {
            action();
            Say(name, "done");
        }
        catch (OciException e)
        {
            Say(name, e.Kind);
        }
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private Descriptor Blob(string text, string mediaType = Layer) => _store.Push(new PushRequest { MediaType = mediaType }, Text(text)).Descriptor;

    private Descriptor Image(string text, string? subject = null)
    {
        Descriptor config = Blob("{}", "application/vnd.oci.empty.v1+json");
        Descriptor layer = Blob(text);
        string members = subject is null ? "" : $",\"subject\":{subject}";
        string document = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"artifactType\":\"application/x-test\","
            + $"\"config\":{Json(config)},\"layers\":[{Json(layer)}]{members}}}";
        return _store.Push(new PushRequest { AsManifest = true }, Text(document)).Descriptor;
    }

    private static string Json(Descriptor d) => $"{{\"mediaType\":\"{d.MediaType}\",\"digest\":\"{d.Digest}\",\"size\":{d.Size}}}";

    private void Push()
    {
        Say("empty blob", Blob(""));
        Say("blob", Blob(new string('x', 100_000)));
        Say("same blob", _store.Push(new PushRequest { MediaType = Layer }, Text("")).AlreadyExisted);
        Say("sha512", _store.Push(new PushRequest { Algorithm = DigestAlgorithm.Sha512 }, Text("long")).Descriptor);
        Refuse("wrong digest", () => _store.Push(new PushRequest { Digest = Digest.Compute([1]) }, Text("other")));
        Refuse("wrong size", () => _store.Push(new PushRequest { Size = 3 }, Text("other")));
        Refuse("no manifest", () => _store.Push(new PushRequest { AsManifest = true }, Text("text")));
        byte[] large = new byte[20 << 20];
        new Random(7).NextBytes(large);
        Say("large blob", _store.Push(new PushRequest(), new MemoryStream(large)).Descriptor.Size);
    }

    private void Tag()
    {
        Descriptor image = Image("one");
        foreach (string tag in new[] { "v1", "latest", "1.10" }) _store.Tag(image, tag);
        _store.Tag(Image("two"), "v2");
        _store.Tag(Image("sbom", Json(image)), "sbom");
        Refuse("bad tag", () => _store.Tag(image, "two words"));
        using (OciBatch batch = _store.BeginBatch())
        {
            for (int i = 0; i < 500; i++) batch.Tag(image, $"b{i}");
            batch.Commit();
        }

        Say("tags", string.Join(" ", OciStore.Open(_store.Path).GetTags().Select(t => t.Tag)));
        Say("untag", _store.Untag("b7"));
    }

    private void Read()
    {
        Descriptor image = _store.Resolve("v1");
        Say("by prefix", _store.Resolve(image.Digest.ToString().Substring(7, 12)));
        Refuse("missing", () => _store.Resolve("nope"));
        Say("layers", _store.GetManifest(image).Layers.Count);
        Say("walk", string.Join(" ", _store.Walk(image).Select(v => v.Descriptor.Size)));
        Say("referrers", string.Join(" ", _store.GetReferrers(image.Digest)));
        Say("predecessors", string.Join(" ", _store.GetPredecessors(image.Digest)));
        using Stream content = _store.Fetch(image);
        Say("content", new StreamReader(content).ReadToEnd());
        _store.FetchToFile(image, Path.Combine(root, "manifest.json"));
        Refuse("existing file", () => _store.FetchToFile(image, Path.Combine(root, "manifest.json")));
    }

    private void Transfer()
    {
        OciStore copy = OciStore.Create(Path.Combine(root, "copy"));
        using (var work = new OciCopy(_store, copy, new CopyOptions { IncludeReferrers = true }))
            Say("copied", work.Run(work.Plan([new CopyRoot(_store.Resolve("v1"), "v1")])).CopiedCount);
        foreach (string name in new[] { "a.tar", "a.tar.gz" })
            new OciExport(_store).Run(new OciExport(_store, new ExportOptions { References = ["v1", "v2"] }).Plan(), Path.Combine(root, name));
        Say("archive", string.Join(" ", OciStore.Open(Path.Combine(root, "a.tar")).GetTags().Select(t => t.Tag)));
        OciStore import = OciStore.Create(Path.Combine(root, "import"));
        foreach (string name in new[] { "a.tar", "a.tar.gz" })
        {
            ImportResult result = new OciImport(import, new ImportOptions { ReplaceTags = true }).Run(Path.Combine(root, name));
            Say("imported " + name, $"{result.AddedCount} {result.KnownCount}");
        }
    }

    private void Artifacts()
    {
        string source = Directory.CreateDirectory(Path.Combine(root, "source")).FullName;
        File.WriteAllText(Path.Combine(source, "a.txt"), "first");
        File.WriteAllText(Path.Combine(source, "b.txt"), "second");
        using (OciBatch batch = _store.BeginBatch())
        {
            var builder = new OciArtifactBuilder(batch);
            foreach (string name in new[] { "a.txt", "b.txt" }) builder.Add(Path.Combine(source, name));
            Descriptor artifact = builder.Build(new ArtifactOptions { ArtifactType = "application/x-files", Created = DateTimeOffset.FromUnixTimeSeconds(0) });
            batch.Tag(artifact, "files");
            batch.Commit();
        }

        string target = Directory.CreateDirectory(Path.Combine(root, "target")).FullName;
        var expansion = new OciExpansion(_store);
        ExpandPlan plan = expansion.Plan(_store.Resolve("files"));
        Say("expanded", expansion.Run(plan, target).Count);
        Refuse("expanded again", () => expansion.Run(plan, target));
        Say("expanded with force", new OciExpansion(_store, new ExpandOptions { Force = true }).Run(plan, target).Count);
    }

    private void Images()
    {
        OciImage image = Build("image");
        Say("files", string.Join(" ", new OciImageFiles(image).List().Select(f => $"{f.Path} {f.Size}")));
        using var content = new MemoryStream();
        var files = new OciImageFiles(image);
        files.CopyTo(files.Resolve("/large.txt")!, content);
        Say("content", Digest.Compute(content.ToArray()));
        SeveralMembers(image);
    }

    // The store of this image is not compared, because compressed bytes depend on the runtime.
    private OciImage Build(string name)
    {
        string source = Directory.CreateDirectory(Path.Combine(root, "rootfs")).FullName;
        File.WriteAllText(Path.Combine(source, "a.txt"), "first");
        File.WriteAllText(Path.Combine(source, "large.txt"), string.Join("\n", Enumerable.Range(0, 400_000)));
        OciStore images = OciStore.Create(Path.Combine(root, "images.gz"));
        using OciBatch batch = images.BeginBatch();
        var settings = new ImageSettings { Layers = [new LayerSource(source)], Created = DateTimeOffset.FromUnixTimeSeconds(0) };
        new OciImageBuilder(batch).Build(null, settings, Platform.Parse("linux/amd64"), [name]);
        batch.Commit();
        return OciImage.ReadAsync(images, images.Resolve(name)).GetAwaiter().GetResult();
    }

    // .NET reads all members of gzip data, .NET Framework only the first one. It must not return a part of the files.
    private void SeveralMembers(OciImage image)
    {
        OciStore images = (OciStore)image.Place;
        byte[] tar = ReadPlain(images.Fetch(image.Layers[0].Descriptor));
        byte[] stored = [.. Gzip(tar, 0, 1536), .. Gzip(tar, 1536, tar.Length - 1536)]; // the first member has the complete first file
        string path = Path.Combine(root, "members.tar.gz");
        File.WriteAllBytes(path, stored);
        try
        {
            using OciBatch batch = images.BeginBatch();
            new OciImageBuilder(batch).Build(null, new ImageSettings { Layers = [new LayerSource(path)] }, Platform.Parse("linux/amd64"), ["members"]);
            batch.Commit();
            OciImage members = OciImage.ReadAsync(images, images.Resolve("members")).GetAwaiter().GetResult();
            Say("members", new OciImageFiles(members).List().Count() == 2 ? "complete or refused" : "incomplete");
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidArchive)
        {
            Say("members", e.Message.Contains("member") ? "complete or refused" : e.Message);
        }
    }

    private static byte[] ReadPlain(Stream stored)
    {
        using var gzip = new GZipStream(stored, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Gzip(byte[] content, int offset, int count)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest)) gzip.Write(content, offset, count);
        return stored.ToArray();
    }

    private void Remove()
    {
        Refuse("delete with other tags", () => new OciDeletion(_store).Plan("v1"));
        Say("delete", new OciDeletion(_store).Run(new OciDeletion(_store).Plan("v2")).Count);
        Say("delete with force", new OciDeletion(_store).Run(new OciDeletion(_store, new DeletionOptions { Force = true }).Plan("v1")).Count);
        GarbageResult result = new OciGarbageCollector(_store).Run();
        Say("collect", $"{result.RemovedCount} {result.RemovedSize} {result.KeptCount}");
        Say("left", string.Join(" ", _store.GetTags().Select(t => t.Tag)));
    }

    private void Verify(string name)
    {
        IReadOnlyList<Finding> findings = new OciVerification(Path.Combine(root, name)).Run();
        Say("verify " + name, string.Join(" ", findings.Select(f => f.ToString())));
    }
}
