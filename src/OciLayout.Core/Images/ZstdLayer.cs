#if !NETSTANDARD2_0
using System.IO;
using OciLayout.Common;
using OciLayout.Model;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace OciLayout.Images;

/// <summary>
/// Decompresses zstd. Damaged data is an <see cref="InvalidDataException"/>, and so is a frame that needs a window of more than 128 MiB, which is the
/// limit of the library and of the zstd tool, or a dictionary. The window takes memory while the layer is read.
/// </summary>
internal sealed class ZstdLayer(Stream stored) : ReadOnlyStream
{
    private readonly DecompressionStream _plain = new(stored, leaveOpen: false);

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return _plain.Read(buffer, offset, count);
        }
        catch (ZstdException e) when (e.Code == ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge)
        {
            throw new InvalidDataException(ImageErrors.ZstdWindow, e);
        }
        catch (ZstdException e) when (e.Code == ZSTD_ErrorCode.ZSTD_error_dictionary_wrong)
        {
            throw new InvalidDataException(ImageErrors.ZstdDictionary, e);
        }
        catch (System.Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException("its zstd data is corrupt or truncated", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _plain.Dispose();
        base.Dispose(disposing);
    }
}
#endif
