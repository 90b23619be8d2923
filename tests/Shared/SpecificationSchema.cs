using System.IO;
using System.Text;
using System.Threading.Tasks;
using NJsonSchema;
using Xunit;

namespace OciLayout.Testing;

/// <summary>The JSON schemas of the OCI image specification, in <c>shared/schema</c> next to the repository.</summary>
internal static class SpecificationSchema
{
    /// <summary>The schema of <c>index.json</c> and of every image index.</summary>
    public const string Index = "image-index-schema.json";

    /// <summary>The schema of an image manifest.</summary>
    public const string Manifest = "image-manifest-schema.json";

    /// <summary>The schema of the file <c>oci-layout</c>.</summary>
    public const string Layout = "image-layout-schema.json";

    /// <summary>The schema of an image configuration.</summary>
    public const string Config = "config-schema.json";

    /// <summary>The schema of a descriptor.</summary>
    public const string Descriptor = "content-descriptor.json";

    /// <summary>Fails the test unless a file matches a schema. Skips the test if the schema is missing.</summary>
    public static async Task AssertFileValidAsync(string schema, string path) => await AssertValidAsync(schema, await File.ReadAllBytesAsync(path));

    /// <summary>Fails the test unless JSON text matches a schema. Skips the test if the schema is missing.</summary>
    public static async Task AssertValidAsync(string schema, byte[] json)
    {
        JsonSchema loaded = await LoadAsync(schema);
        Assert.Empty(loaded.Validate(Encoding.UTF8.GetString(json)));
    }

    /// <summary>Loads a schema and the schemas that it references. Skips the test if the schema is missing.</summary>
    public static async Task<JsonSchema> LoadAsync(string name)
    {
        string folder = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "schema"));
        string path = Path.Combine(folder, name);
        Assert.SkipUnless(File.Exists(path), $"The schema {name} of the specification is not there: no shared/schema beside the repository.");
        return await JsonSchema.FromFileAsync(path);
    }
}
