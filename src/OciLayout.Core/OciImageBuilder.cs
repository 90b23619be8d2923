using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// Builds an image: a base or nothing, and a layer for each file, directory or tar archive. Names, modes, times and content of the files
/// alone decide the tar of a layer. Its compression differs between versions of .NET. All members block the thread.
/// </summary>
public sealed class OciImageBuilder
{
    private readonly IArtifactTarget _target;

    /// <summary>Builds images in a store.</summary>
    /// <param name="batch">The batch that stores the content. The image is stored when the batch is committed.</param>
    public OciImageBuilder(OciBatch batch) => _target = new BatchArtifact(Guard.NotNull(batch));

    /// <summary>Builds images in a repository.</summary>
    /// <param name="repository">The repository.</param>
    public OciImageBuilder(OciRepository repository) => _target = new RepositoryArtifact(Guard.NotNull(repository));

    /// <summary>Stores an image.</summary>
    /// <param name="baseImage">The base, from the same place; null for none. Its format is kept: OCI or Docker.</param>
    /// <param name="settings">The settings and layers. With an entry point and without a command, the command of the base is removed.</param>
    /// <param name="platform">The platform of an image without a base.</param>
    /// <param name="tags">The tags of the image; null for none.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The descriptor of the manifest.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>: a setting is not valid, or a platform is missing;
    /// <see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.UnsafePath"/>: a file cannot be in a layer;
    /// <see cref="OciErrorKind.UnsupportedOperation"/>: annotations for a Docker image.</exception>
    public Descriptor Build(OciImage? baseImage, ImageSettings settings, Platform? platform = null, IReadOnlyList<string>? tags = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Check(baseImage, Guard.NotNull(settings), platform);
        try
        {
            var composer = new ImageComposer(_target, settings, baseImage is not null, progress, cancellationToken);
            var (type, manifest) = composer.Create(baseImage, platform);
            return _target.Complete(new PushRequest { MediaType = type, AsManifest = true }, manifest, tags ?? [], cancellationToken);
        }
        catch
        {
            _target.Discard();
            throw;
        }
    }

    /// <summary>Throws when <see cref="Build"/> would refuse the settings.</summary>
    internal static void Check(OciImage? baseImage, ImageSettings settings, Platform? platform)
    {
        ImageSettingsCheck.Check(settings);
        if (baseImage is null && platform is null) throw ImageErrors.NoPlatform();
    }
}
