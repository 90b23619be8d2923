using Xunit;

namespace OciLayout.Tests.Common;

public class PrintableTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("v1.2_3-x:y@z/+ ~", "v1.2_3-x:y@z/+ ~")]
    [InlineData("Größe 漢字 \U0001F600 ✓ ’", "Größe 漢字 \U0001F600 ✓ ’")]
    [InlineData("a\u001b[31mb\u0007", "a\\u001B[31mb\\u0007")]
    [InlineData("\r\n\t\0\u007f\u009b", "\\u000D\\u000A\\u0009\\u0000\\u007F\\u009B")]
    [InlineData("\u202egnp\u2066\u200f\u061c", "\\u202Egnp\\u2066\\u200F\\u061C")]
    [InlineData("\u200b\u00ad\ufeff\ufe0f\u3164\u034f", "\\u200B\\u00AD\\uFEFF\\uFE0F\\u3164\\u034F")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    [InlineData("\U000E0041", "\\uDB40\\uDC41")]
    public void Control_and_invisible_characters_are_escaped(string? text, string printed) => Assert.Equal(printed, PrintableText.Escape(text));

    [Fact]
    public void Halves_of_surrogate_pairs_are_escaped()
    {
        Assert.Equal("a\\uD800b", PrintableText.Escape("a" + (char)0xD800 + "b"));
        Assert.Equal("\\uDC00", PrintableText.Escape(((char)0xDC00).ToString()));
        Assert.Equal("\\uD83D", PrintableText.Escape(((char)0xD83D).ToString()));
    }

    [Fact]
    public void Messages_are_printable()
    {
        Assert.Equal("tag 'a\\u001Bb'", new OciException(OciErrorKind.NotFound, "tag 'a\u001bb'").Message);
        var error = Assert.Throws<OciException>(() => Digest.Parse("x\u202ey"));
        Assert.Contains("'x\\u202Ey'", error.Message);
    }

    [Fact]
    public void A_long_text_is_truncated_between_characters()
    {
        string shown = Digest.Shorten(new string('a', 159) + "\U0001F600" + new string('b', 100));
        Assert.Equal(new string('a', 159) + "...", shown);
    }
}
