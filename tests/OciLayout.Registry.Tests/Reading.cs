using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Short forms of calls for tests.</summary>
internal static class Reading
{
    /// <summary>Fetches and verifies content.</summary>
    public static async Task<byte[]> FetchBytesAsync(this OciRepository repository, Descriptor content)
    {
        await using var stream = await repository.FetchAsync(content, TestContext.Current.CancellationToken);
        using var result = new MemoryStream();
        await stream.CopyToAsync(result, TestContext.Current.CancellationToken);
        return result.ToArray();
    }

    /// <summary>Runs a call that must fail with an error of a kind, and returns the error.</summary>
    public static async Task<OciException> FailsAsync(OciErrorKind kind, System.Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<OciException>(call);
        Assert.True(kind == error.Kind, $"Expected {kind}, but the error is {error.Kind}: {error.Message}");
        return error;
    }
}
