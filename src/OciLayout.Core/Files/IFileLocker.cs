using System;
using System.Threading;

namespace OciLayout.Files;

/// <summary>Locks files between processes. <see cref="FileLock"/> waits for a lock.</summary>
internal interface IFileLocker
{
    /// <summary>
    /// Locks a file for this handle, against all other handles and processes. Creates the file if it does not exist. Returns null while
    /// another handle holds the lock.
    /// </summary>
    IDisposable? TryLock(string path, bool exclusive);

    /// <summary>
    /// Waits before the next <see cref="TryLock"/>. A test double that knows when the lock is released waits until then.
    /// </summary>
    void Pause(int milliseconds, CancellationToken cancellationToken);
}
