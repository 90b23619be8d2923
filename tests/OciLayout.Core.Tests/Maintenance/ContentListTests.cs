using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests parsing lists of content in JSON.</summary>
public class ContentListTests
{
    private static readonly string One = Digest.Compute("1"u8).ToString();
    private static readonly string Two = Digest.Compute("2"u8).ToString();

    public static TheoryData<string, string> Forms => new()
    {
        { $"  [\"{One}\", {{\"digest\":\"{Two}\",\"TAG\":\"v2\"}},]", "=1 v2=2" },
        { $"{{\"manifests\":[{{\"digest\":\"{One}\",\"annotations\":{{\"org.opencontainers.image.ref.name\":\"v1\"}}}}]}}", "v1=1" },
        { $"{{\"Digest\":{{\"Algorithm\":\"sha256\",\"Encoded\":\"{One[7..]}\"}}}}", "=1" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_list_format_is_read_in_every_encoding(string text, string expected)
    {
        foreach (var encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            var list = Read([.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);
            Assert.Equal(expected, string.Join(' ', list.Notes.Select(n => $"{n.Tag}={(n.Digest.ToString() == One ? 1 : 2)}")));
        }
    }

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""[{"\ud800":1}]""")]
    [InlineData("""[{"digest":"\udc00"}]""")]
    [InlineData("""{"manifests":[{"digest":1}]}""")]
    [InlineData("""{"manifests":""")]
    [InlineData("[\"\xFF\"]")]
    [InlineData("nonsense")]
    [InlineData("\"unclosed")]
    [InlineData("[1]")]
    [InlineData("")]
    public void Malformed_lists_fail_with_an_OciException(string text)
    {
        Sandbox.Refused(OciErrorKind.InvalidDigest, () => Read(Encoding.Latin1.GetBytes(text)));
    }

    private static ContentList Read(byte[] bytes) => ContentList.ReadJson(new MemoryStream(bytes));
}
