using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Worker;

/// <summary>Creates content.</summary>
internal static class Content
{
    public const string ImageType = "application/vnd.oci.image.manifest.v1+json";

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Returns a manifest that is unique for its name.</summary>
    public static byte[] Image(string name, Descriptor config, IEnumerable<Descriptor> layers, Descriptor? subject = null)
    {
        var list = string.Join(",", layers.Select(l => Json(l)));
        var target = subject is { } s ? $",\"subject\":{Json(s)}" : "";
        return Text($$$"""{"schemaVersion":2,"mediaType":"{{{ImageType}}}","config":{{{Json(config)}}},"layers":[{{{list}}}]{{{target}}},"annotations":{"name":"{{{name}}}"}}""");
    }

    private static string Json(Descriptor d) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}}}""";

    /// <summary>A stream of any length in constant memory: repeats a block of random bytes, with the position in each copy.</summary>
    public sealed class Noise : Stream
    {
        private readonly byte[] _block = new byte[64 * 1024];
        private readonly long _length;
        private readonly Action<long>? _reading;
        private long _position;

        public Noise(int seed, long length, Action<long>? reading = null)
        {
            new Random(seed).NextBytes(_block);
            (_length, _reading) = (length, reading);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            _reading?.Invoke(_position);
            var at = (int)(_position % _block.Length);
            if (at == 0) BitConverter.TryWriteBytes(_block, _position);
            var read = (int)Math.Min(Math.Min(count, _block.Length - at), _length - _position);
            Array.Copy(_block, at, buffer, offset, read);
            _position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
