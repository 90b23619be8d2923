using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;

namespace OciLayout.Tests.Maintenance;

/// <summary>
/// An intact layout for tests to damage, and a second store with the same content. <c>v1</c> and <c>v2</c> share a layer, <c>app</c> is an
/// index of two more images, and <c>v1</c> has an SBOM as referrer.
/// </summary>
internal sealed class DamagedLayout : IDisposable
{
    private readonly TestLayout _source = Make();

    public DamagedLayout()
    {
        Layout = Make();
        V1 = Layout.Store.Resolve("v1");
        V2 = Layout.Store.Resolve("v2");
        App = Layout.Store.Resolve("app");
        Sbom = Layout.Store.GetReferrers(V1.Digest).Single();
        var image = Layout.Store.GetManifest(V1);
        (Config, Layer, Shared) = (image.Config!, image.Layers[0], image.Layers[1]);
        (Child, Other) = (Layout.Store.GetManifest(App).Manifests[0], Layout.Store.GetManifest(App).Manifests[1]);
        Layout.Store.State.Dispose(); // ends the session, so that no process uses the layout
    }

    public TestLayout Layout { get; }

    public OciStore Source => _source.Store;

    public Descriptor V1 { get; }

    public Descriptor V2 { get; }

    public Descriptor App { get; }

    public Descriptor Sbom { get; }

    public Descriptor Config { get; }

    public Descriptor Layer { get; }

    public Descriptor Shared { get; }

    public Descriptor Child { get; }

    public Descriptor Other { get; }

    public string this[string name] => Path.Combine(Layout.Path, name);

    public string FileOf(Descriptor descriptor) => Layout.PathOf(descriptor.Digest);

    public void Write(Descriptor descriptor, byte[] content) => Layout.WriteFile(descriptor.Digest, content);

    public void Write(Descriptor descriptor, string content) => Write(descriptor, Encoding.UTF8.GetBytes(content));

    public void Flip(Descriptor descriptor)
    {
        var bytes = File.ReadAllBytes(FileOf(descriptor));
        bytes[bytes.Length / 2] ^= 1;
        Write(descriptor, bytes);
    }

    public void Delete(Descriptor descriptor) => File.Delete(FileOf(descriptor));

    public void Index(Action<JsonObject> change)
    {
        var index = JsonNode.Parse(File.ReadAllBytes(Layout.IndexPath))!.AsObject();
        change(index);
        File.WriteAllText(Layout.IndexPath, index.ToJsonString());
    }

    public void Entry(Descriptor of, Action<JsonObject> change) =>
        Index(index => change(index["manifests"]!.AsArray().First(e => e!["digest"]!.GetValue<string>() == of.Digest.ToString())!.AsObject()));

    public IReadOnlyList<Finding> Verify(bool quick = false)
    {
        var found = new List<Finding>();
        new OciVerification(Layout.Path, new VerifyOptions { Quick = quick }).Run(new Observer<Finding>(found.Add), cancellationToken: TestContext);
        return found;
    }

    private static System.Threading.CancellationToken TestContext => Xunit.TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Layout.Dispose();
        _source.Dispose();
    }

    private static TestLayout Make()
    {
        var layout = new TestLayout();
        var shared = layout.PushBlob("a layer that two images have", TestLayout.LayerType);
        var v1 = layout.PushImage("one", "v1", shared: shared);
        layout.PushImage("two", "v2", shared: shared);
        layout.PushIndex("app", layout.PushImage("three"), layout.PushImage("four"));
        layout.PushImage("sbom", subject: v1, artifactType: "application/spdx+json");
        return layout;
    }
}
