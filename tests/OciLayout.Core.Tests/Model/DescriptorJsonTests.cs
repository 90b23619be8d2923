using System.Text;
using CsCheck;
using OciLayout.Model;
using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>Tests the JSON of descriptors.</summary>
public class DescriptorJsonTests
{
    [Fact]
    public void Plain_descriptor_equals_the_output_of_the_JSON_writer() => Gen.Select(Gen.OneOf(Gen.String, Gen.String[Gen.Char[' ', '~'], 0, 40]), Gen.Long[0, long.MaxValue]).Sample((mediaType, size) =>
    {
        var descriptor = new Descriptor(mediaType, Digest.Compute(Encoding.UTF8.GetBytes(mediaType)), size);

        Assert.Equal(Json.Write(writer => DescriptorJson.Write(writer, descriptor)), DescriptorJson.Write(descriptor));
    });
}
