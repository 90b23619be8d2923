namespace OciLayout.Files;

/// <summary>
/// All file operations of the core. A class that needs one part only takes that part. Paths are absolute. Errors are exceptions of
/// System.IO. The implementations are <see cref="PhysicalFileSystem"/>, <see cref="StoreFileSystem"/>, and file systems of the tests, which
/// record operations or let them fail.
/// </summary>
internal interface IFileSystem : IFileReader, IFileWriter, IFileLocker, IFileFlusher, IFileAttributes;
