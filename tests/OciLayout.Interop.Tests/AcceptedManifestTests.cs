using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that other tools can open a store with every shape of manifest that a push accepts.</summary>
public class AcceptedManifestTests
{
    private const string Empty = "\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2";

    // "#" stands for the members of the empty descriptor.
    private static readonly string[] Members =
    [
        "\"annotations\":{}",
        "\"annotations\":null",
        "\"annotations\":{\"\":\"\",\"a\":\"1\"}",
        "\"subject\":null",
        "\"subject\":{#}",
        "\"subject\":{#,\"data\":\"e30=\"}",
        "\"subject\":{#,\"data\":\"\\u00653\\u0030=\"}",
        "\"subject\":{#,\"data\":null,\"urls\":null,\"annotations\":null,\"platform\":null,\"artifactType\":null}",
        "\"subject\":{#,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"os.features\":[\"x\"],\"unknown\":7}}",
        "\"artifactType\":\"application/vnd.acme\"",
        "\"artifactType\":\"\"",
        "\"manifests\":null",
        "\"blobs\":7",
        "\"unknown\":{\"annotations\":{\"build\":7}}",
    ];

    [Theory]
    [InlineData("skopeo", "list-tags oci:{0}", "inspect --raw oci:{0}:{1}")]
    [InlineData("umoci", "ls --layout {0}", null)]
    [InlineData("oras", "repo tags --oci-layout {0}", "manifest fetch --oci-layout {0}:{1}")]
    [InlineData("regctl", "tag ls ocidir://{0}", "manifest get ocidir://{0}:{1} --format raw-body")]
    public async Task Other_tools_read_every_accepted_manifest(string name, string list, string? read)
    {
        Tool tool = Tool.Require(name);
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        var shapes = Push(store);

        if (name != "skopeo") // skopeo cannot list the tags of a layout
        {
            string[] listed = (await tool.RunAsync(Line(list, store.Path, ""))).Split('\n', System.StringSplitOptions.RemoveEmptyEntries | System.StringSplitOptions.TrimEntries);
            Assert.Superset(shapes.Keys.ToHashSet(), listed.ToHashSet());
        }

        if (read is null) return;
        foreach (var (tag, document) in shapes) Assert.Equal(document, (await tool.RunAsync(Line(read, store.Path, tag))).TrimEnd('\n'));
    }

    private static Dictionary<string, string> Push(OciStore store)
    {
        store.Push(new PushRequest { MediaType = MediaTypes.Empty }, new MemoryStream("{}"u8.ToArray()));
        var shapes = new Dictionary<string, string>();
        foreach (string member in Members)
        {
            string document = $"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.ImageManifest}\",\"config\":{{#}},\"layers\":[],{member}}}".Replace("#", Empty, System.StringComparison.Ordinal);
            var pushed = store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(Encoding.UTF8.GetBytes(document)));
            string tag = $"shape-{shapes.Count}";
            store.Tag(pushed.Descriptor, tag);
            shapes.Add(tag, document);
        }

        return shapes;
    }

    private static string[] Line(string form, string path, string tag) =>
        [.. form.Split(' ').Select(word => string.Format(System.Globalization.CultureInfo.InvariantCulture, word, path, tag))];
}
