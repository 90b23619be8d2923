using System.Collections.Generic;

namespace OciLayout.Transfer;

/// <summary>An image as <c>manifest.json</c> of <c>docker save</c> lists it.</summary>
internal sealed record DockerImage(Digest Config, IReadOnlyList<Digest> Layers, List<string> Names);
