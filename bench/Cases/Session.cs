using System.Collections.Generic;

namespace OciLayout.Bench.Cases;

/// <summary>Cases in a PowerShell session.</summary>
internal static class Session
{
    private const int Count = 10_000;

    public static IEnumerable<Case> Cases => [ListTags(), Import(), Pipeline()];

    private static Case ListTags() => new()
    {
        Name = "get-tag-process",
        Work = $"Get-OciTag in a store of 10,000 images, a whole process of {Engine.Name} beside its bare start",
        Reference = "1.37 s",
        Setup = place => Images.Write(place.InShared("store"), place.Of(Count)),
        Limit = [new Trial { Name = "bare start", Command = place => Engine.Alone(place, "1") }],
        Ours = new Trial { Name = "ours", Command = place => Engine.WithModule($"$tags = Get-OciTag '{place.InShared("store")}'; if ($tags.Count -ne {place.Of(Count)}) {{ throw $tags.Count }}") },
        Peers =
        [
            new Trial { Name = "oras repo tags", Command = place => Engine.Tool("oras", "repo", "tags", "--oci-layout", place.InShared("store")) },
            new Trial { Name = "umoci list", Command = place => Engine.Tool("umoci", "list", "--layout", place.InShared("store")) },
            new Trial { Name = "regctl tag ls", Command = place => Engine.Tool("regctl", "tag", "ls", "ocidir://" + place.InShared("store")) },
        ],
        Goal = new Goal(OverLimit: 250),
    };

    private static Case Import() => new()
    {
        Name = "import-module",
        Work = $"Import-Module OciLayout in a process of {Engine.Name} that has imported another module",
        Ours = new Trial
        {
            Name = "ours",
            // The other module exports a function, as most modules do. The first such import in a process initializes the engine's rules
            // for comparing names.
            Inside = place => Engine.Alone(place, $"Import-Module '{Engine.OtherModule(place, "Get-Other")}'; {Engine.Clock($"Import-Module '{Engine.Module}'")}"),
        },
        Goal = new Goal(Milliseconds: 80),
    };

    private static Case Pipeline() => new()
    {
        Name = "pipeline-object",
        Work = "Get-OciTag | Get-OciDescriptor of 10,000 objects (40 µs each: 400 ms), beside the same number through ForEach-Object",
        Setup = place => Images.Write(place.InShared("store"), place.Of(Count)),
        Limit =
        [
            new Trial
            {
                Name = "PowerShell's own",
                Inside = place => Engine.Alone(place, $"$null = 1..300 | ForEach-Object ToString; {Engine.Clock($"$null = 1..{place.Of(Count)} | ForEach-Object ToString")}"),
            },
        ],
        Ours = new Trial
        {
            Name = "ours",
            Inside = place => Engine.WithModule($"$s = Get-OciStore '{place.InShared("store")}'; $null = Get-OciTag $s v0000* | Get-OciDescriptor; {Engine.Clock("$null = Get-OciTag $s | Get-OciDescriptor")}"),
        },
        Goal = new Goal(OverLimit: 400),
    };
}
