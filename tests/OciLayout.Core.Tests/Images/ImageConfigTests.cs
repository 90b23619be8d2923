using System;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests how configurations of images are parsed (image-spec, config).</summary>
public sealed class ImageConfigTests
{
    private const string Id = "sha256:959910a7e04df54e730a6c293f6144d59bd3aeda8b9ed427d7eb6c65a8c5a1e7";

    [Fact]
    public void All_settings_of_the_specification_are_read()
    {
        var config = Parse($$$"""
            {"created":"2026-01-02T03:04:05.678Z","author":"ops","architecture":"arm64","variant":"v8","os":"linux",
             "config":{"User":"app:staff","ExposedPorts":{"80/tcp":{},"53/udp":{} },"Env":["PATH=/bin:/usr/bin","EMPTY=","BARE","A=b=c"],
               "Entrypoint":["/run","-x"],"Cmd":["serve"],"Volumes":{"/data":{}},"WorkingDir":"/app","Labels":{"a":"1","b":"2"},"StopSignal":"SIGINT","Future":[{}]},
             "rootfs":{"type":"layers","diff_ids":["{{{Id}}}"]},"future":{"x":[1]},
             "history":[{"created":"2026-01-01T00:00:00Z","created_by":"ADD","comment":"c","author":"a"},{"created_by":"ENV","empty_layer":true}]}
            """);

        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), config.Created);
        Assert.Equal("ops", config.Author);
        Assert.Equal(Platform.Parse("linux/arm64/v8"), config.Platform);
        Assert.Equal("app:staff", config.User);
        Assert.Equal(["80/tcp", "53/udp"], config.ExposedPorts);
        Assert.Equal(["PATH=/bin:/usr/bin", "EMPTY=", "BARE=(null)", "A=b=c"], config.Environment.Select(e => $"{e.Key}={e.Value ?? "(null)"}"));
        Assert.Equal(["/run", "-x"], config.Entrypoint);
        Assert.Equal(["serve"], config.Command);
        Assert.Equal(["/data"], config.Volumes);
        Assert.Equal("/app", config.WorkingDirectory);
        Assert.Equal("2", config.Labels["b"]);
        Assert.Equal("SIGINT", config.StopSignal);
        Assert.Equal(Id, Assert.Single(config.DiffIds).ToString());
        Assert.Equal([new ImageHistory(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), "ADD", "c", "a", false), new ImageHistory(null, "ENV", null, null, true)], config.History);
        Assert.Contains("\"future\":{\"x\":[1]}", config.Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"rootfs":{"diff_ids":[]}}""")]
    [InlineData("""{"created":null,"author":null,"config":null,"history":null,"rootfs":{"diff_ids":null}}""")]
    [InlineData("""{"config":{"Env":null,"Cmd":null,"Entrypoint":null,"Labels":null,"Volumes":null,"ExposedPorts":null,"User":null,"WorkingDir":null,"StopSignal":null},"rootfs":{}}""")]
    public void Missing_settings_are_null_or_empty(string json)
    {
        var config = Parse(json);

        Assert.All(new object?[] { config.Created, config.Author, config.Platform, config.User, config.WorkingDirectory, config.StopSignal }, Assert.Null);
        Assert.All(new[] { config.Entrypoint, config.Command, config.ExposedPorts, config.Volumes }, Assert.Empty);
        Assert.Empty(config.Environment);
        Assert.Empty(config.Labels);
        Assert.Empty(config.DiffIds);
        Assert.Empty(config.History);
    }

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("1767225600")]
    [InlineData("{\"year\":2026}")]
    [InlineData("\"2026-13-45T00:00:00Z\"")]
    public void Creation_time_that_is_not_a_date_is_null_and_stays_in_the_document(string created)
    {
        var config = Parse($$$"""{"created":{{{created}}},"rootfs":{},"history":[{"created":{{{created}}} }]}""");

        Assert.Null(config.Created);
        Assert.Null(config.History[0].Created);
        Assert.Contains(created, config.Json, StringComparison.Ordinal);
    }

    [Fact]
    public void Malformed_diff_id_is_null_and_keeps_its_place()
    {
        var config = Parse($$$"""{"rootfs":{"diff_ids":["sha256:short","{{{Id}}}"]}}""");

        Assert.Equal([null, Digest.Parse(Id)], config.DiffIds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}", "rootfs")]
    [InlineData("""{"rootfs":{}} {}""")]
    [InlineData("""{"rootfs":{}""")]
    [InlineData("""{"rootfs":[]}""", "rootfs")]
    [InlineData("""{"rootfs":{"diff_ids":"x"}}""", "diff_ids")]
    [InlineData("""{"rootfs":{},"config":[]}""", "config")]
    [InlineData("""{"rootfs":{},"config":{"Env":{}}}""", "Env")]
    [InlineData("""{"rootfs":{},"config":{"Cmd":"run"}}""", "Cmd")]
    [InlineData("""{"rootfs":{},"history":[1]}""", "history")]
    [InlineData("""{"rootfs":{},"os":"linux","os":"windows"}""", "'os' twice")]
    [InlineData("""{"rootfs":{},"architecture":"amd64","Architecture":"arm64"}""", "treat as 'architecture'")]
    public void Malformed_configuration_is_refused(string json, string named = "sha256:0000") =>
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => ImageConfig.Parse(Encoding.UTF8.GetBytes(json), "sha256:0000"), "sha256:0000", named);

    private static ImageConfig Parse(string json) => ImageConfig.Parse(Encoding.UTF8.GetBytes(json));
}
