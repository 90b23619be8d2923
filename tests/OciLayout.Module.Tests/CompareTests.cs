using System;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.ModuleTests;

public class CompareTests
{
    private static readonly string One = SampleLayout.Digest("far 1");
    private static readonly string Two = SampleLayout.Digest("far 2");

    private const string MakeMirror = """
        $m = New-OciStore ./mirror
        $null = '{}', 'hello', 'only there' | Push-OciBlob $m
        $null = Push-OciManifest $m -Value $args[0] -Tag v1
        $null = Push-OciManifest $m -Value $args[1] -Tag v2, mine
        """;

    [Fact]
    public void Differences_in_tags_and_content_have_a_side()
    {
        using var session = Open();

        var lines = session.RunCleanly("Compare-OciStore ./layout ./mirror | ForEach-Object { \"$($_.Side) $($_.Kind) $($_.Tag) $($_.Digest) $($_.Size) $($_.Store)\" }").Select(l => l.ToString());

        string here = session.Directory["layout"], there = session.Directory["mirror"];
        string Line(string side, string kind, string tag, string content, int size, string store) => $"{side} {kind} {tag} {SampleLayout.Digest(content)} {size} {store}";
        Assert.Equal(
            [
                Line("Reference", "Tag", "latest", SampleLayout.V1, 0, here),
                Line("Reference", "MovedTag", "v2", SampleLayout.V2, SampleLayout.V2.Length + SampleLayout.SecondLayer.Length, here),
                Line("Reference", "Manifest", "", SampleLayout.Attached, SampleLayout.Attached.Length, here),
                Line("Reference", "Manifest", "", SampleLayout.V2, SampleLayout.V2.Length, here),
                Line("Reference", "Blob", "", SampleLayout.SecondLayer, SampleLayout.SecondLayer.Length, here),
                Line("Reference", "Blob", "", SampleLayout.Sbom, SampleLayout.Sbom.Length, here),
                Line("Difference", "Tag", "mine", Theirs, Theirs.Length + "only there".Length, there),
                Line("Difference", "MovedTag", "v2", Theirs, Theirs.Length + "only there".Length, there),
                Line("Difference", "Manifest", "", Theirs, Theirs.Length, there),
                Line("Difference", "Blob", "", "only there", "only there".Length, there),
            ],
            lines.OrderBy(l => l.StartsWith("Reference", StringComparison.Ordinal) ? 0 : 1));
    }

    [Fact]
    public void A_moved_tag_shows_the_content_of_the_other_store()
    {
        using var session = Open();
        Assert.Equal(SampleLayout.Digest(Theirs), session.RunCleanly("(Compare-OciStore ./layout ./mirror | Where-Object Kind -eq MovedTag)[0].OtherDigest.ToString()").Single().ToString());
    }

    [Fact]
    public void Total_sums_each_direction()
    {
        using var session = Open();
        var totals = session.RunCleanly("Compare-OciStore ./layout ./mirror -Total | ForEach-Object { \"$($_.Side) $($_.TagCount) $($_.MovedCount) $($_.BlobCount) $($_.Size) $($_.Store) $($_.OtherStore)\" }").Select(t => t.ToString());
        string here = session.Directory["layout"], there = session.Directory["mirror"];
        long ours = SampleLayout.Attached.Length + SampleLayout.V2.Length + SampleLayout.SecondLayer.Length + SampleLayout.Sbom.Length;
        Assert.Equal([$"Reference 1 1 4 {ours} {here} {there}", $"Difference 1 1 2 {Theirs.Length + 10} {there} {here}"], totals);
    }

    [Fact]
    public void Equal_content_is_emitted_on_request()
    {
        using var session = Open();
        var both = session.RunCleanly("Compare-OciStore ./layout ./mirror -IncludeEqual | Where-Object Side -eq Both | ForEach-Object { \"$($_.Kind) $($_.Tag) $($_.Digest)\" }").Select(l => l.ToString());
        Assert.Equal(
            [$"Tag v1 {SampleLayout.Digest(SampleLayout.V1)}", $"Manifest  {SampleLayout.Digest(SampleLayout.V1)}", $"Blob  {SampleLayout.Digest("hello")}", $"Blob  {SampleLayout.Digest("{}")}"],
            both);
    }

    [Theory]
    [InlineData("Compare-OciStore ./layout ./layout", 0)]
    [InlineData("'./layout', './mirror' | Compare-OciStore ./layout -Total | Where-Object Size -gt 0", 2)]
    [InlineData("Compare-OciStore (Get-OciStore ./layout) (Get-OciStore ./layout)", 0)]
    [InlineData("Get-OciStore ./mirror | Compare-OciStore -ReferenceStore ./layout -Total", 2)]
    [InlineData("Compare-OciStore ./layout ./mirror | Where-Object Side -eq Difference | Get-OciDescriptor", 4)]
    public void Stores_can_be_paths_or_objects(string line, int count)
    {
        using var session = Open();
        Assert.Equal(count, session.RunCleanly(line).Count);
    }

    [Theory]
    [InlineData("sha256:{0}")]
    [InlineData("# what was sent\n\n  sha256:{0}  \n")]
    [InlineData("v1 sha256:{0}\nlatest\tsha256:{0}")]
    [InlineData("\"Store\",\"Tag\",\"Digest\",\"Size\"\n\"/a, b\",\"v1\",\"sha256:{0}\",\"5\"\n\"x\",\"latest\",\"sha256:{0}\",\"\"\n")]
    [InlineData("#TYPE Selected.OciTag\r\nTag;Digest\r\nv1;sha256:{0}\r\nlatest;sha256:{0}\r\n")]
    [InlineData("[\"sha256:{0}\"]")]
    [InlineData("[{{\"Tag\":\"v1\",\"Digest\":{{\"Algorithm\":\"sha256\",\"Encoded\":\"{0}\"}},\"Size\":7}},{{\"tag\":\"latest\",\"digest\":\"sha256:{0}\"}}]")]
    [InlineData("{{\"manifests\":[{{\"digest\":\"sha256:{0}\",\"annotations\":{{\"org.opencontainers.image.ref.name\":\"v1\"}}}},{{\"digest\":\"sha256:{0}\",\"annotations\":{{\"org.opencontainers.image.ref.name\":\"latest\"}}}}]}}")]
    public void A_digest_list_replaces_a_store_and_includes_reachable_content(string list)
    {
        using var session = SampleLayout.Open();
        File.WriteAllText(session.Directory["list.txt"], string.Format(System.Globalization.CultureInfo.InvariantCulture, list, SampleLayout.Digest(SampleLayout.V1)[7..]));

        var found = session.RunCleanly("Compare-OciStore -ReferenceFile ./list.txt ./layout | ForEach-Object { \"$($_.Side) $($_.Kind) $($_.Tag) $($_.Digest)\" }");

        Assert.Equal(
            [
                $"Difference Tag v2 {SampleLayout.Digest(SampleLayout.V2)}",
                $"Difference Manifest  {SampleLayout.Digest(SampleLayout.Attached)}",
                $"Difference Manifest  {SampleLayout.Digest(SampleLayout.V2)}",
                $"Difference Blob  {SampleLayout.Digest(SampleLayout.SecondLayer)}",
                $"Difference Blob  {SampleLayout.Digest(SampleLayout.Sbom)}",
            ],
            found.Select(f => f.ToString()).OrderBy(f => f.Contains("Blob", StringComparison.Ordinal)));
    }

    [Fact]
    public void Content_only_in_a_list_is_emitted_without_a_store()
    {
        using var session = SampleLayout.Open();
        string digest = SampleLayout.Digest("far away");
        File.WriteAllText(session.Directory["list.csv"], $"Digest,Tag,Size\n{digest},far,8\n");

        var far = session.RunCleanly("Compare-OciStore -ReferenceFile ./list.csv ./layout | Where-Object Side -eq Reference");

        Assert.Equal(["far", null], far.Select(f => f.Properties["Tag"].Value));
        Assert.Equal([null, 8L], far.Select(f => f.Properties["Size"].Value));
        Assert.All(far, f => Assert.Null(f.Properties["Store"].Value));
        Assert.Contains("(list)", session.Render("Compare-OciStore -ReferenceFile ./list.csv ./layout"), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Lists => new()
    {
        { $"{One}\n{Two}", " 1| 2" },
        { $"# sent\n\n  v1 {One}\r\n{Two},v2\n", " 1| 2|v1 1|v2 2" },
        { $"#TYPE x\n\"Tag\",\"Digest\",\"Size\"\n\"v,1\",\"{One}\",\"5\"\n\n\"a\"\"b\",\"{Two}\",", " 1| 2|a\"b 2|v,1 1" },
        { $"\"Note\",\"Digest\"\n\"two\nlines\",\"{One}\"", " 1" },
        { $"digest;tag\n{One};v1\n{Two};", " 1| 2|v1 1" },
        { $"digest\ttag\n{One}\tv1", " 1|v1 1" },
        { $"  [\"{One}\", {{\"digest\":\"{Two}\",\"TAG\":\"v2\"}},]", " 1| 2|v2 2" },
        { "", "" },
        { "\n# nothing\n", "" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void Every_list_format_is_read_in_every_encoding(string text, string expected)
    {
        using var session = SampleLayout.Open();
        foreach (var encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(session.Directory["list.txt"], text, encoding);
            var found = session.RunCleanly("Compare-OciStore -ReferenceFile ./list.txt ./layout | Where-Object Side -eq Reference | ForEach-Object { \"$($_.Tag) $($_.Digest)\" }");
            Assert.Equal(expected, string.Join('|', found.Select(f => f.ToString().Replace(One, "1").Replace(Two, "2")).Order(StringComparer.Ordinal)));
        }
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("v1 sha256:{0} more")]
    [InlineData("Digest,Tag\nnothing,v1")]
    [InlineData("\"unclosed")]
    [InlineData("[1]")]
    [InlineData("[{{\"Tag\":\"v1\"}}]")]
    [InlineData("{{")]
    public void Invalid_list_is_refused(string list)
    {
        using var session = SampleLayout.Open();
        File.WriteAllText(session.Directory["list.txt"], string.Format(System.Globalization.CultureInfo.InvariantCulture, list, SampleLayout.Digest("x")[7..]));
        Assert.Equal("InvalidList", session.Run("Compare-OciStore -ReferenceFile ./list.txt ./layout").AllErrors.Single().FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("Compare-OciStore", "MissingStore")]
    [InlineData("Compare-OciStore ./layout", "MissingStore")]
    [InlineData("$null | Compare-OciStore ./layout", "InvalidStore")]
    [InlineData("Compare-OciStore ./nowhere ./layout", "NotFound")]
    [InlineData("'./nowhere' | Compare-OciStore ./layout", "NotFound")]
    [InlineData("Compare-OciStore -ReferenceFile ./nowhere ./layout", "NotFound")]
    public void Invalid_arguments_are_reported(string line, string id)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(id, session.Run(line).AllErrors.Single().FullyQualifiedErrorId.Split(',')[0]);
    }

    private static string Theirs { get; } = SampleLayout.Manifest("application/x-theirs", null, "hello", "only there");

    private static ModuleSession Open()
    {
        var session = SampleLayout.Open();
        session.RunCleanly(MakeMirror, SampleLayout.V1, Theirs);
        return session;
    }
}
