using System.IO;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>Tests that the schemas accept valid and reject invalid documents, also through their references to one another.</summary>
public class SpecificationSchemaTests
{
    [Theory]
    [InlineData("oras.tar")]
    [InlineData("regctl.tar")]
    [InlineData("umoci.tar")]
    public async Task Schemas_accept_documents_of_other_tools(string layout)
    {
        using var temporary = new TemporaryDirectory();
        string root = RealLayout.Unpack(layout, temporary);

        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Layout, Path.Combine(root, "oci-layout"));
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, Path.Combine(root, "index.json"));
    }

    [Theory]
    [InlineData(SpecificationSchema.Layout, """{"imageLayoutVersion":"2"}""")]
    [InlineData(SpecificationSchema.Index, """{"schemaVersion":2}""")]
    [InlineData(SpecificationSchema.Index, """{"schemaVersion":2,"manifests":[{"mediaType":"a/b","size":1,"digest":"sha256"}]}""")]
    [InlineData(SpecificationSchema.Index, """{"schemaVersion":2,"manifests":[],"subject":{"mediaType":"a/b","size":-1,"digest":"a:b"}}""")]
    [InlineData(SpecificationSchema.Manifest, """{"schemaVersion":2,"config":{"mediaType":"a/b","size":2,"digest":"a:b"},"layers":[{}]}""")]
    [InlineData(SpecificationSchema.Descriptor, """{"mediaType":"no slash","size":2,"digest":"a:b"}""")]
    public async Task Schemas_reject_invalid_documents(string schema, string json)
    {
        NJsonSchema.JsonSchema loaded = await SpecificationSchema.LoadAsync(schema);

        Assert.NotEmpty(loaded.Validate(json));
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => SpecificationSchema.AssertValidAsync(schema, Encoding.UTF8.GetBytes(json)));
    }
}
