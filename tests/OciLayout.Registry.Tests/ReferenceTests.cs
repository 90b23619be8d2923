using System;
using System.Linq;
using CsCheck;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for the names of repositories (sections 2 and 7 of the design).</summary>
public sealed class ReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("oci://ghcr.io/a/b", "oci://ghcr.io/a/b")]
    [InlineData("oci://ghcr.io/a/b:1.2", "oci://ghcr.io/a/b:1.2")]
    [InlineData("oci://GHCR.IO/a/b:V1", "oci://ghcr.io/a/b:V1")]
    [InlineData("OCI://ghcr.io/a/b", "oci://ghcr.io/a/b")]
    [InlineData("oci://localhost:5000/a", "oci://localhost:5000/a")]
    [InlineData("oci://localhost/a:5000", "oci://localhost/a:5000")]
    [InlineData("oci://host:1/a__b/c-d/e.f/g--h:t", "oci://host:1/a__b/c-d/e.f/g--h:t")]
    [InlineData("oci://[::1]:5000/r", "oci://[::1]:5000/r")]
    [InlineData("oci://[2001:DB8::1]/r:x", "oci://[2001:db8::1]/r:x")]
    [InlineData("oci://10.0.0.1/r@sha256:" + Hex, "oci://10.0.0.1/r@sha256:" + Hex)]
    [InlineData("oci://host/r:tag@sha256:" + Hex, "oci://host/r:tag@sha256:" + Hex)]
    [InlineData("oci://docker.io/nginx", "oci://docker.io/library/nginx")]
    [InlineData("oci://index.docker.io/nginx:1", "oci://docker.io/library/nginx:1")]
    [InlineData("oci://registry-1.docker.io/a/b", "oci://docker.io/a/b")]
    [InlineData("oci://docker.io:443/nginx", "oci://docker.io:443/nginx")]
    [InlineData("docker://nginx", "oci://docker.io/library/nginx:latest")]
    [InlineData("docker://nginx:1.27", "oci://docker.io/library/nginx:1.27")]
    [InlineData("docker://nginx@sha256:" + Hex, "oci://docker.io/library/nginx@sha256:" + Hex)]
    [InlineData("docker://a/b", "oci://docker.io/a/b:latest")]
    [InlineData("docker://localhost/a", "oci://localhost/a:latest")]
    [InlineData("docker://quay.io/a/b:2", "oci://quay.io/a/b:2")]
    [InlineData("docker://host:5000/a", "oci://host:5000/a:latest")]
    [InlineData("docker://Host/a", "oci://host/a:latest")]
    public void Reference_is_parsed(string text, string printed)
    {
        var reference = RegistryReference.Parse(text);
        Assert.Equal(printed, reference.ToString());
        Assert.Equal(reference, RegistryReference.Parse(printed));
    }

    [Theory]
    [InlineData("oci:./layout", "oci://")]
    [InlineData("ghcr.io/a/b", "oci://")]
    [InlineData("https://ghcr.io/v2/a/b", "oci://")]
    [InlineData("oci://https://ghcr.io/a", "two schemes")]
    [InlineData("oci://nginx", "no repository")]
    [InlineData("oci://ghcr.io", "no repository")]
    [InlineData("oci://ghcr.io/Contoso/App", "must be lowercase: oci://ghcr.io/contoso/app")]
    [InlineData("oci://::1/r", "brackets")]
    [InlineData("oci://[::1/r", "IPv6")]
    [InlineData("oci://[::1]x/r", "port")]
    [InlineData("oci://[1.2.3.4]/r", "IPv6")]
    [InlineData("oci://[fe80::1%25eth0]/r", "%")]
    [InlineData("oci://host:99999/r", "99999")]
    [InlineData("oci://host:0/r", "port")]
    [InlineData("oci://host:/r", "port")]
    [InlineData("oci://host:5x/r", "5x")]
    [InlineData("oci:///r", "host")]
    [InlineData("oci://ho_st/r", "ho_st")]
    [InlineData("oci://-host/r", "host")]
    [InlineData("oci://host/a//b", "empty")]
    [InlineData("oci://host//a", "empty")]
    [InlineData("oci://host/a/", "empty")]
    [InlineData("oci://host/a/../b", "'..'")]
    [InlineData("oci://host/a?x", "'?'")]
    [InlineData("oci://host/a#y", "'#'")]
    [InlineData("oci://host/a%2fb", "'%'")]
    [InlineData("oci://host/a b", "' '")]
    [InlineData("oci://host/a-/b", "'a-'")]
    [InlineData("oci://host/r:", "empty")]
    [InlineData("oci://host/r:tag:tag", "")]
    [InlineData("oci://host/r:-tag", "-tag")]
    [InlineData("oci://host/r@sha256:12", "complete digest")]
    [InlineData("oci://host/r@", "complete digest")]
    [InlineData("oci://host/r:t\n", "")]
    [InlineData("docker://" + Hex, "image id")]
    [InlineData("oci://", "host")]
    public void Reference_is_refused_with_its_place(string text, string part)
    {
        var error = Assert.Throws<OciException>(() => RegistryReference.Parse(text));
        Assert.Equal(OciErrorKind.InvalidReference, error.Kind);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reference_that_is_too_long_is_refused_with_its_length()
    {
        Assert.Contains("128", Assert.Throws<OciException>(() => RegistryReference.Parse("oci://host/r:" + new string('t', 129))).Message, StringComparison.Ordinal);
        Assert.Equal(128, RegistryReference.Parse("oci://host/r:" + new string('t', 128)).Tag!.Length);
        Assert.Contains("256", Assert.Throws<OciException>(() => RegistryReference.Parse("oci://host/" + new string('r', 251))).Message, StringComparison.Ordinal);
        Assert.Equal(250, RegistryReference.Parse("oci://host/" + new string('r', 250)).Repository.Length);
    }

    [Theory]
    [InlineData("oci://bob:s3cret@host/r")]
    [InlineData("oci://bob:s3/cret@host/r")]
    [InlineData("oci://bob:s3@cret@host/r:v1")]
    [InlineData("oci://s3cret@host")]
    [InlineData("docker://bob:s3cret@host/r")]
    [InlineData("docker://s3cret@host/r")]
    [InlineData("https://bob:s3cret@host/r")]
    [InlineData("bob:s3cret@host/r")]
    [InlineData("oci://bob:s3cret%40@host/r")]
    public void Password_in_a_reference_is_not_repeated(string text)
    {
        var error = Assert.Throws<OciException>(() => RegistryReference.Parse(text));
        Assert.Equal(OciErrorKind.InvalidReference, error.Kind);
        Assert.DoesNotContain("s3", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Printed_reference_parses_to_the_same_value()
    {
        var component = Pick.Sequence(1, 4, "a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "z9");
        var path = component.Array[1, 4].Select(parts => string.Join('/', parts));
        var host = Pick.From("ghcr.io", "localhost", "Docker.IO", "index.docker.io", "registry-1.docker.io", "10.1.2.3", "[::1]", "[2001:db8::A]", "a", "x-y.example");
        var port = Pick.From("", "", ":1", ":443", ":5000", ":65535", ":00080");
        var tag = Pick.From("", "", ":v1", ":_", ":A.b-c_D", ":5000", ":latest", ":sha256-" + Hex);
        var digest = Pick.From("", "", "@sha256:" + Hex, "@sha512:" + Hex + Hex);
        Gen.Select(Pick.From("oci://", "docker://"), host, port, path, tag, digest).Sample((s, h, p, r, t, d) =>
        {
            var reference = RegistryReference.Parse(s + h + p + "/" + r + t + d);
            var again = RegistryReference.Parse(reference.ToString());
            Assert.Equal(reference, again);
            Assert.Equal((reference.Host, reference.Port, reference.Repository, reference.Tag, reference.Digest), (again.Host, again.Port, again.Repository, again.Tag, again.Digest));
            Assert.Equal(reference.GetHashCode(), again.GetHashCode());
            Assert.Equal(reference.ToString(), again.ToString());
        });
    }

    [Fact]
    public void Random_text_is_parsed_or_refused() =>
        Gen.Select(Gen.String, Pick.Sequence(0, 12, "oci://", "docker://", "/", ":", "@", "a", "A", "[", "]", "::", "%", "sha256", Hex, "host", ".", "-", "\0"))
            .Sample((one, other) =>
            {
                foreach (var text in new[] { one, other, "oci://" + one, "oci://h/" + one, "oci://" + other, other + one })
                {
                    try
                    {
                        var reference = RegistryReference.Parse(text);
                        Assert.Equal(reference, RegistryReference.Parse(reference.ToString()));
                    }
                    catch (OciException e)
                    {
                        Assert.True(e.Kind is OciErrorKind.InvalidReference or OciErrorKind.MissingReference);
                    }
                }
            });

    [Fact]
    public void Registry_is_named_by_its_host_alone()
    {
        Assert.Throws<OciException>(() => new OciRegistry("ghcr.io/team"));
        Assert.Throws<OciException>(() => new OciRegistry("bob:secret@ghcr.io"));
        using var registry = new OciRegistry("index.docker.io");
        Assert.Equal("docker.io", registry.Host);
        Assert.Equal("oci://docker.io/library/nginx", registry.GetRepository("nginx").ToString());
        Assert.Throws<OciException>(() => registry.GetRepository("Team/App"));
        Assert.Throws<OciException>(() => registry.GetRepository("../x"));
    }
}
