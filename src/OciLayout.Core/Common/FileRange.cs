using System.IO;

namespace OciLayout.Common;

/// <summary>A part of a file.</summary>
/// <param name="File">The file. It remains open as long as the stream that returned the part.</param>
/// <param name="Offset">The offset of the part in bytes.</param>
/// <param name="Count">The length of the part in bytes.</param>
internal readonly record struct FileRange(FileStream File, long Offset, int Count);
