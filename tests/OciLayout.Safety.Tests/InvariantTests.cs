using System.Collections.Generic;
using System.IO;
using System.Text;
using OciLayout.Testing;
using Xunit;
using Xunit.Sdk;

namespace OciLayout.Safety;

/// <summary>Tests <see cref="Invariant"/>, on which all other tests here rely: it finds each kind of loss.</summary>
public sealed class InvariantTests
{
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    [Fact]
    public void Intact_store_passes_and_each_kind_of_loss_is_found()
    {
        using var directory = new TemporaryDirectory();
        var store = OciStore.Create(directory["layout"]);
        Descriptor config = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        byte[] bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{Manifest}}","config":{"mediaType":"application/x","digest":"{{config.Digest}}","size":2},"layers":[]}""");
        Descriptor image = store.Push(new PushRequest { AsManifest = true }, new MemoryStream(bytes)).Descriptor;
        store.Tag(image, "v1");
        var expected = new Dictionary<string, string> { ["v1"] = image.Digest.ToString() };
        Invariant.Check(directory["layout"], expected);

        Assert.ThrowsAny<XunitException>(() => Invariant.Check(directory["layout"], new Dictionary<string, string> { ["v2"] = image.Digest.ToString() }));
        string blob = Invariant.BlobPath(directory["layout"], config.Digest.ToString());
        File.Move(blob, blob + ".away");
        Assert.ThrowsAny<XunitException>(() => Invariant.CheckContent(directory["layout"], image.Digest.ToString(), "the test", []));
        File.WriteAllText(blob, "[]");
        Assert.ThrowsAny<XunitException>(() => Invariant.Check(directory["layout"], expected));
    }
}
