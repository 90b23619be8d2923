using System;
using System.Collections.Generic;
using System.Text;
using OciLayout.Archives;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// The files of a layer in a compact form. A file takes about 100 bytes, a third of an object and its path. Links and special files, which
/// are rare, and files with a hash are kept as objects.
/// </summary>
internal sealed class FileList(ImageLayer layer)
{
    private const int RowsOfChunk = 1024;
    private const int BytesOfChunk = 64 * 1024;
    private const int ObjectWeight = 3;

    private readonly List<Row[]> _rows = []; // chunks that are too small for the heap of large objects
    private readonly List<byte[]> _paths = [];
    private readonly List<ImageFile> _objects = [];
    private int _count;
    private int _used = BytesOfChunk;
    private long _text;

    /// <summary>The memory that the list takes, in files of average length.</summary>
    public long Weight => Math.Max(_count + ((ObjectWeight - 1) * _objects.Count), _text / 128);

    /// <summary>Adds an entry of the layer that is a file.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="number">The number of the entry in the layer.</param>
    /// <param name="content">The hash of the content; null when it was not computed.</param>
    public void Add(LayerEntry entry, int number, Hash256? content)
    {
        if (_count % RowsOfChunk == 0) _rows.Add(new Row[RowsOfChunk]);
        ref var row = ref _rows[_count / RowsOfChunk][_count % RowsOfChunk];
        _count++;
        _text += entry.Path.Length + entry.Tar.LinkTarget.Length;
        if (entry.Tar.Kind is not (TarEntryKind.File or TarEntryKind.Directory) || content is not null)
        {
            row.Object = _objects.Count + 1;
            _objects.Add(new ImageFile(entry, layer, number) { Content = content });
            return;
        }

        if (BytesOfChunk - _used < LayerPath.LongestPath + 1)
        {
            _paths.Add(new byte[BytesOfChunk]);
            _used = 0;
        }

        row.Attributes = new ImageFileAttributes(entry.Tar, number);
        row.Chunk = _paths.Count - 1;
        row.Offset = (ushort)_used;
        _paths[row.Chunk][_used] = (byte)'/';
        row.Length = (ushort)(1 + Encoding.UTF8.GetBytes(entry.Path, 0, entry.Path.Length, _paths[row.Chunk], _used + 1));
        _used += row.Length;
    }

    /// <summary>Returns the files in the order in which they were added.</summary>
    public IEnumerable<ImageFile> Read()
    {
        for (var i = 0; i < _count; i++)
        {
            var row = _rows[i / RowsOfChunk][i % RowsOfChunk];
            yield return row.Object > 0 ? _objects[row.Object - 1] : new ImageFile(Encoding.UTF8.GetString(_paths[row.Chunk], row.Offset, row.Length), layer, row.Attributes);
        }
    }

    private struct Row
    {
        public ImageFileAttributes Attributes;
        public int Object;
        public int Chunk;
        public ushort Offset;
        public ushort Length;
    }
}
