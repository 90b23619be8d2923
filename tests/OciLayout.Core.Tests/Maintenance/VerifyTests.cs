using System;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests that an intact layout has no findings, and that each damage has the expected finding.</summary>
public class VerifyTests
{
    public static TheoryData<string> Damages => [.. Damage.All.Keys];

    [Fact]
    public void Intact_layout_has_no_findings()
    {
        using var damaged = new DamagedLayout();
        Assert.Empty(damaged.Verify());
        Assert.Empty(damaged.Verify(quick: true));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_is_found(string name)
    {
        using var damaged = new DamagedLayout();
        var damage = Damage.All[name];
        damage.Do(damaged);
        var before = LayoutSnapshot.Of(damaged.Layout.Path, ours: false);

        var found = damaged.Verify();

        var shown = string.Join(Environment.NewLine, found.Select(f => $"{f.Severity} {f.Problem} {f.Path} {f.Expected} / {f.Actual}"));
        Assert.True(found.Any(f => f.Problem == damage.Problem && f.Severity == damage.Severity), shown);
        Assert.True(found.Max(f => f.Severity) == damage.Severity, shown); // no finding is more severe
        Assert.All(found, f => Assert.StartsWith(damaged.Layout.Path, f.Path, StringComparison.Ordinal));
        Assert.Equal(before, LayoutSnapshot.Of(damaged.Layout.Path, ours: false));
    }

    [Theory]
    [InlineData("oras.tar")]
    [InlineData("umoci.tar")]
    [InlineData("regctl.tar")]
    [InlineData("skopeo-untagged.tar")]
    [InlineData("skopeo-v2s2.tar")]
    public void Layouts_of_other_tools_have_no_errors(string name)
    {
        using var layout = TestLayout.Real(name);
        var found = new System.Collections.Generic.List<Finding>();
        new OciVerification(layout.Path).Run(new Observer<Finding>(found.Add), cancellationToken: TestContext.Current.CancellationToken);
        Assert.DoesNotContain(found, f => f.Severity == FindingSeverity.Error);
    }

    [Fact]
    public void Tags_of_missing_content_are_named()
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Shared);
        Assert.Equal(["v1", "v2"], Assert.Single(damaged.Verify()).Tags);
    }

    [Fact]
    public void Content_that_is_listed_as_two_kinds_has_each_problem_once()
    {
        using var damaged = new DamagedLayout();
        damaged.Layout.AddEntries(TestLayout.Entry(new Descriptor(MediaTypes.DockerManifest, damaged.V1.Digest, damaged.V1.Size), "docker"));
        var found = new OciVerification(damaged.Layout.Path, new VerifyOptions { ManifestSizeLimit = 10 }).Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(found, f => f.Problem == FindingProblem.TooLarge && f.Digest == damaged.V1.Digest);

        damaged.Flip(damaged.V1);
        Assert.Single(damaged.Verify(), f => f.Problem == FindingProblem.DigestMismatch && f.Digest == damaged.V1.Digest);
    }

    [Fact]
    public void Missing_directory_is_not_a_layout()
    {
        using var damaged = new DamagedLayout();
        Sandbox.Refused(OciErrorKind.NotFound, () => new OciVerification(damaged["nowhere"]).Run(cancellationToken: TestContext.Current.CancellationToken), "nowhere");
        Assert.Throws<OperationCanceledException>(() => new OciVerification(damaged.Layout.Path).Run(cancellationToken: new System.Threading.CancellationToken(true)));
    }

    [Fact]
    public void Quick_verification_reads_no_layer()
    {
        using var damaged = new DamagedLayout();
        damaged.Flip(damaged.Layer);
        Assert.Empty(damaged.Verify(quick: true));
        File.Delete(damaged.FileOf(damaged.Layer));
        Assert.Equal(FindingProblem.Missing, Assert.Single(damaged.Verify(quick: true)).Problem);
    }
}
