using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Reads blobs (distribution-spec, "Pulling blobs").</summary>
internal sealed class BlobCall(RepositoryAccess access)
{
    /// <summary>Returns whether the repository has a blob.</summary>
    public async Task<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => await FindAsync(digest, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Finds a blob.</summary>
    /// <returns>The length in bytes, -1 if the registry does not state it; null if the blob does not exist.</returns>
    public async Task<long?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        var request = await RequestAsync(HttpMethod.Head, digest, 0, cancellationToken).ConfigureAwait(false);
        using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccess) return response.Length ?? -1;
        if (response.Status == HttpStatusCode.NotFound) return null;
        throw await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a blob. The content is not verified. The stream continues after a lost connection.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">The offset at which the stream starts, in bytes.</param>
    /// <param name="cancellationToken">The token that cancels the transfer, also while the stream is read.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>.</exception>
    public async Task<Stream> OpenAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        var stream = new ResumingStream(this, blob, offset, access, cancellationToken);
        try
        {
            await stream.ConnectAsync().ConfigureAwait(false);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Requests a blob from an offset.</summary>
    /// <returns>The answer: 200, 206 or 416. The caller disposes it.</returns>
    public async Task<RegistryResponse> GetAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        var request = await RequestAsync(HttpMethod.Get, blob.Digest, offset, cancellationToken).ConfigureAwait(false);
        var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccess || (offset > 0 && response.Status == HttpStatusCode.RequestedRangeNotSatisfiable)) return response;
        using (response)
        {
            throw response.Status == HttpStatusCode.NotFound
                ? new OciException(OciErrorKind.NotFound, $"The blob {access.NameOf(blob.Digest.ToString())} does not exist.", blob.Digest.ToString())
                : await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RegistryRequest> RequestAsync(HttpMethod method, Digest digest, long from, CancellationToken cancellationToken) =>
        new(method, await access.UrlAsync("blobs/" + digest, cancellationToken).ConfigureAwait(false)) { Scopes = access.Pull, From = from };
}
