using System.Globalization;

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
        throw new OciException(
            OciErrorKind.SizeLimitExceeded,
            string.Format(CultureInfo.InvariantCulture, "The {0:N0} stored bytes of {1} unpack to more than the limit of {2:N0} bytes.", plan.Size, plan.Artifact.Digest, limit),
            plan.Artifact.Digest.ToString());
    }
}
