using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

public class PlatformTests
{
    [Fact]
    public void Index_of_two_images_is_created_and_read_by_platform()
    {
        using var session = SampleLayout.Open();

        session.RunCleanly("New-OciIndex ./layout -Reference v1, v2 -Platform linux/amd64, linux/arm64/v8 -Tag all");

        Assert.Equal(SampleLayout.V1, session.RunCleanly("(Get-OciManifest ./layout all -Platform linux/amd64).Json").Single().ToString());
        Assert.Equal(SampleLayout.V2, session.RunCleanly("(Get-OciManifest ./layout all -Platform linux/arm64).Json").Single().ToString());
        Assert.Equal("linux/arm64/v8", session.RunCleanly("(Get-OciDescriptor ./layout all -Platform linux/arm64/v8).Platform").Single().ToString());
        Assert.Equal("linux/amd64", session.RunCleanly("(Get-OciDescriptor ./layout -Platform linux/amd64).Platform").Single().ToString());
        session.RunCleanly("Copy-OciContent ./layout all ./mirror -Platform linux/arm64");
        Assert.Equal(SampleLayout.V2, session.RunCleanly("(Get-OciManifest ./mirror all).Json").Single().ToString());
    }

    [Theory]
    [InlineData("Get-OciManifest ./layout all -Platform linux/s390x", "NotFound")]
    [InlineData("Get-OciManifest ./layout all -Platform linux", "ParameterArgumentTransformationError")]
    [InlineData("New-OciIndex ./layout v1 -Tag x", "InvalidManifest")]
    [InlineData("New-OciIndex ./layout v1, v2 -Platform linux/amd64 -Tag x", "PlatformCount")]
    [InlineData("New-OciIndex ./layout v1, v2 -Platform linux/amd64, linux/amd64 -Tag x", "AlreadyExists")]
    [InlineData("New-OciIndex ./layout v1, nope -Platform linux/amd64, linux/arm64 -Tag x", "NotFound")]
    [InlineData("New-OciIndex ./layout -Tag x", "MissingReference")]
    [InlineData("New-OciIndex ./layout $undefined -Tag all", "InvalidInput")]
    [InlineData("New-OciIndex ./layout @() -Tag all", "ParameterArgumentValidationError")]
    public void Invalid_arguments_create_nothing(string line, string id)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciIndex ./layout v1 -Platform linux/amd64 -Tag all");
        var index = SampleLayout.Index(session);
        Assert.Equal(id, session.Run(line).ErrorId);
        Assert.Equal(index, SampleLayout.Index(session));
    }

    [Fact]
    public void Empty_pipeline_creates_no_index_and_warns()
    {
        using var session = SampleLayout.Open();
        var index = SampleLayout.Index(session);
        Assert.Single(session.Run("@() | New-OciIndex ./layout -Tag all").AssertNoErrors().Warnings);
        Assert.Equal(index, SampleLayout.Index(session));
    }

    [Fact]
    public void Completion_offers_the_platforms_of_the_index()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciIndex ./layout -Reference v1, v2 -Platform linux/amd64, windows/amd64 -Tag all");
        string[] Complete(string line) => [.. session.Complete(line).Select(c => c.CompletionText)];
        Assert.Equal(["linux/amd64", "windows/amd64"], Complete("Get-OciManifest ./layout all -Platform "));
        Assert.Equal(["windows/amd64"], Complete("Copy-OciContent ./layout -Platform win"));
        Assert.Empty(Complete("Get-OciManifest ./layout v1 -Platform "));
    }
}
