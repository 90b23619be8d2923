using OciLayout.Model;

namespace OciLayout.Artifacts;

/// <summary>The number of bytes that may still be unpacked. A small layer can be an archive of any size.</summary>
internal sealed class ExpandBudget(ExpandPlan plan, long limit)
{
    private long _taken;

    /// <summary>Counts bytes.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>.</exception>
    public void Take(int count)
    {
        _taken += count;
        if (_taken <= limit) return;
        throw ArtifactErrors.UnpackedTooLarge(plan.Artifact.Digest, plan.Size, limit);
    }
}
