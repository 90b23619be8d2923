using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>
/// Reads a blob of a registry and continues after a lost connection, with a range request. The bytes are not verified: the receiver
/// verifies them.
/// </summary>
internal sealed class ResumingStream(BlobCall call, Descriptor blob, long offset, RepositoryAccess access, CancellationToken cancellationToken) : ReadOnlyStream
{
    /// <summary>The progress after which the attempts are counted anew, in bytes: 1 MiB.</summary>
    private const long Progress = 1 << 20;

    private RegistryResponse? _response;
    private Stream? _body;
    private long _position = offset;
    private long _lastFailure = -Progress;
    private int _attempts;

    public override long Length => blob.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, cancellationToken).GetAwaiter().GetResult();

    public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellation)
    {
        while (true)
        {
            if (_body is null && IsAtEnd) return 0;
            try
            {
                if (_body is null) await RequestAsync().ConfigureAwait(false);
                var read = await _body!.ReadAsync(buffer, offset, count, cancellation.CanBeCanceled ? cancellation : cancellationToken).ConfigureAwait(false);
                if (read == 0 && count > 0 && _position < blob.Size && !IsCompleteAnswer()) throw new IOException($"the connection was closed after {_position} of {blob.Size} bytes");
                _position += read;
                return read;
            }
            catch (IOException e)
            {
                await FailAsync(e).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Requests the blob, so that an error is reported before the first byte is read.</summary>
    public async Task ConnectAsync()
    {
        while (_body is null && !IsAtEnd)
        {
            try
            {
                await RequestAsync().ConfigureAwait(false);
            }
            catch (IOException e)
            {
                await FailAsync(e).ConfigureAwait(false);
            }
        }
    }

    private bool IsAtEnd => _position > 0 && _position >= blob.Size;

    private async Task RequestAsync()
    {
        _response = await call.GetAsync(blob, _position, cancellationToken).ConfigureAwait(false);
        var skip = 0L;
        if (_position > 0 && !IsRange(_response))
        {
            // The registry cannot continue at this position. If it did not send all content, that is requested.
            if (_response.Status != HttpStatusCode.OK)
            {
                _response.Dispose();
                _response = await call.GetAsync(blob, 0, cancellationToken).ConfigureAwait(false);
            }

            skip = _position;
        }

        var body = await _response.OpenAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[skip == 0 ? 0 : 64 * 1024];
        while (skip > 0)
        {
            var read = await body.ReadAsync(buffer, 0, (int)Math.Min(buffer.Length, skip), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new IOException("the connection was closed");
            skip -= read;
        }

        _body = body;
    }

    // A complete answer that is shorter than the descriptor is wrong content, which the receiver reports. Only the length of the answer
    // distinguishes it from a lost connection.
    private bool IsCompleteAnswer() => _response is { Status: HttpStatusCode.OK, Length: { } length } && length == _position;

    private bool IsRange(RegistryResponse response) =>
        response.Status == HttpStatusCode.PartialContent
        && response.Header("Content-Range") is { } range
        && range.StartsWith(string.Format(CultureInfo.InvariantCulture, "bytes {0}-", _position), StringComparison.Ordinal)
        && range.EndsWith("/" + blob.Size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private async Task FailAsync(IOException error)
    {
        Disconnect();
        cancellationToken.ThrowIfCancellationRequested();
        if (_position - _lastFailure >= Progress) _attempts = 0;
        _lastFailure = _position;
        if (++_attempts >= RetryPolicy.Attempts)
        {
            throw new OciException(
                OciErrorKind.RegistryUnavailable,
                $"The connection to {access.Client.Host} was lost {_attempts} times, the last time after {_position} of {blob.Size} bytes of {blob.Digest}: {error.Message.TrimEnd('.')}.",
                blob.Digest.ToString(), error);
        }

        await access.Client.DelayAsync(_attempts, cancellationToken).ConfigureAwait(false);
    }

    private void Disconnect()
    {
        _body?.Dispose();
        _response?.Dispose();
        _body = null;
        _response = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Disconnect();
        base.Dispose(disposing);
    }
}
