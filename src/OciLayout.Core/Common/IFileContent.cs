namespace OciLayout.Common;

/// <summary>A stream whose next bytes can be in a file, so that the operating system can send them without copying them to the process.</summary>
internal interface IFileContent
{
    /// <summary>Takes the next bytes without reading them, and moves the position of the stream behind them.</summary>
    /// <param name="most">The largest number of bytes.</param>
    /// <returns>The part of the file; null if the bytes are not in a file, or at the end. The caller then reads the stream.</returns>
    FileRange? Take(int most);
}
