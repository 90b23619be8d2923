using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>Tests the syntax of media types (RFC 6838; image-spec, descriptor).</summary>
public class MediaTypeTests
{
    [Theory]
    [InlineData(MediaTypes.ImageManifest)]
    [InlineData("a/b")]
    [InlineData("Application/VND.Acme+json")]
    [InlineData("application/vnd.a!b#c$d&e^f_g-h.i+j")]
    [InlineData("1/2")]
    public void Type_and_subtype_are_a_media_type(string text) => Assert.True(MediaTypes.IsValid(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("no type")]
    [InlineData("a/b/c")]
    [InlineData("/b")]
    [InlineData("a/")]
    [InlineData("a/.b")]
    [InlineData("-a/b")]
    [InlineData("a/b ")]
    [InlineData("a/b; charset=utf-8")]
    [InlineData("a/*")]
    [InlineData("a/b\n")]
    [InlineData("a/\u00e9")]
    public void Other_text_is_not_a_media_type(string? text) => Assert.False(MediaTypes.IsValid(text));

    [Fact]
    public void Names_of_up_to_127_characters_are_allowed()
    {
        Assert.True(MediaTypes.IsValid("a/" + new string('b', 127)));
        Assert.False(MediaTypes.IsValid("a/" + new string('b', 128)));
        Assert.False(MediaTypes.IsValid(new string('a', 128) + "/b"));
    }
}
