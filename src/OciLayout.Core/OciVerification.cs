using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Maintenance;

namespace OciLayout;

/// <summary>
/// Verifies a layout, even one that cannot be opened as a store. It has no plan, because it changes nothing. It waits for no lock.
/// Thread-safe.
/// </summary>
public sealed class OciVerification
{
    private readonly string _path;
    private readonly VerifyOptions _options;

    /// <summary>Creates a verification. Nothing is read yet.</summary>
    /// <param name="path">The path of a directory or of an uncompressed tar archive.</param>
    /// <param name="options">The options of the verification; null for the defaults.</param>
    public OciVerification(string path, VerifyOptions? options = null)
    {
        _path = Path.GetFullPath(Guard.NotNull(path));
        _options = options ?? new VerifyOptions();
    }

    /// <summary>Verifies the layout.</summary>
    /// <param name="findings">The receiver of each finding, as soon as it exists. It is called on one thread at a time.</param>
    /// <param name="progress">The receiver of the number of hashed bytes. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the verification.</param>
    /// <returns>The findings, in the order in which they were reported.</returns>
    /// <exception cref="OciException">
    /// <see cref="OciErrorKind.NotFound"/>: the path does not exist; <see cref="OciErrorKind.InvalidArchive"/>: the archive cannot be read.
    /// </exception>
    public IReadOnlyList<Finding> Run(
        IProgress<Finding>? findings = null, IProgress<VerifyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var result = new List<Finding>();
        void Add(Finding finding)
        {
            result.Add(finding);
            findings?.Report(finding);
        }

        Verification.Run(_path, PhysicalFileSystem.Instance, Add, _options, progress, cancellationToken);
        return result;
    }
}
