using System.Collections.Generic;

namespace OciLayout.Safety.Steps;

/// <summary>How a file operation touches something that both processes can see.</summary>
internal enum Touch
{
    /// <summary>Looks at a file, or lists a directory.</summary>
    Reads,

    /// <summary>Changes, makes or removes what a name leads to.</summary>
    Writes,

    /// <summary>Adds a name to a directory or takes one away: who lists the directory sees it, who adds another name does not.</summary>
    Names,

    /// <summary>Takes or releases a lock that others may share.</summary>
    SharesLock,

    /// <summary>Takes or releases a lock that others may not share, or meets one that is held.</summary>
    OwnsLock,
}

/// <summary>One file operation of a process, and what it touches.</summary>
internal sealed class Step(int process, string name, bool otherCouldRun, List<(string Path, Touch Touch)> touches)
{
    public int Process => process;

    /// <summary>What is done, and to which file; session ids are replaced by whose they are.</summary>
    public string Name => name;

    /// <summary>Whether the other process could have run instead.</summary>
    public bool OtherCouldRun => otherCouldRun;

    public List<(string Path, Touch Touch)> Touches => touches;

    /// <summary>
    /// Whether the order of two operations of different processes matters. When it does not, swapping them gives the same
    /// result of both, and the same files.
    /// </summary>
    public bool Conflicts(Step other)
    {
        foreach ((string path, Touch touch) in touches)
        {
            foreach ((string otherPath, Touch otherTouch) in other.Touches)
            {
                if (Conflict(touch, otherTouch) && path == otherPath) return true;
            }
        }

        return false;
    }

    private static bool Conflict(Touch one, Touch two) => (one, two) switch
    {
        (Touch.Writes, _) or (_, Touch.Writes) => true,
        (Touch.Reads, Touch.Names) or (Touch.Names, Touch.Reads) => true,
        (Touch.OwnsLock, Touch.OwnsLock or Touch.SharesLock) or (Touch.SharesLock, Touch.OwnsLock) => true,
        _ => false,
    };

    public override string ToString() => $"{(char)('A' + process)} {name}";
}
