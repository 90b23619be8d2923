using System.Collections.Generic;

namespace OciLayout.Safety.Steps;

/// <summary>The access of a file operation to an object that both processes can see.</summary>
internal enum Touch
{
    /// <summary>Reads a file or its facts, or lists a directory.</summary>
    Reads,

    /// <summary>Changes, creates or removes the file of a name.</summary>
    Writes,

    /// <summary>Adds a name to a directory or removes one. It conflicts with listing the directory, not with another added name.</summary>
    Names,

    /// <summary>Takes or releases a shared lock.</summary>
    SharesLock,

    /// <summary>Takes or releases an exclusive lock, or finds a lock held.</summary>
    OwnsLock,
}

/// <summary>One file operation of a process, and the objects that it accesses.</summary>
internal sealed class Step(int process, string name, bool otherCouldRun, List<(string Path, Touch Touch)> touches)
{
    public int Process => process;

    /// <summary>The operation and its file. Session ids are replaced by the names of their processes.</summary>
    public string Name => name;

    /// <summary>Whether the other process could have run instead.</summary>
    public bool OtherCouldRun => otherCouldRun;

    public List<(string Path, Touch Touch)> Touches => touches;

    /// <summary>
    /// Returns whether the order of two operations of different processes matters. If it does not, swapping them leaves both results
    /// and the files the same.
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
