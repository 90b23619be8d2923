using System;
using System.Threading;
using OciLayout.Files;
using OciLayout.Maintenance;

namespace OciLayout;

/// <summary>Verifies layouts, even those that cannot be opened as a store. Changes nothing and waits for no lock.</summary>
public static class LayoutVerifier
{
    /// <summary>Verifies a layout.</summary>
    /// <param name="path">The path of a directory or of an uncompressed tar archive.</param>
    /// <param name="found">The observer of findings. It is called as soon as a finding exists, on one thread at a time.</param>
    /// <param name="options">The options of the verification.</param>
    /// <param name="cancellationToken">The cancellation token.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorKind.NotFound"/>: the path does not exist; <see cref="OciErrorKind.InvalidArchive"/>: the archive cannot be read.
    /// </exception>
    public static void Verify(string path, Action<Finding> found, VerifyOptions? options = null, CancellationToken cancellationToken = default) =>
        Verification.Run(System.IO.Path.GetFullPath(path), PhysicalFileSystem.Instance, found, options ?? new VerifyOptions(), cancellationToken);
}
