using System.Collections.Generic;

namespace OciLayout.Safety.Steps;

/// <summary>One file operation of a process, and the objects that it accesses.</summary>
internal sealed class Step(int process, string name, bool otherCouldRun, List<(string Path, Access Access)> accesses)
{
    public int Process => process;

    /// <summary>The operation and its file. Session ids are replaced by the names of their processes.</summary>
    public string Name => name;

    /// <summary>Whether the other process could have run instead.</summary>
    public bool OtherCouldRun => otherCouldRun;

    public List<(string Path, Access Access)> Accesses => accesses;

    /// <summary>
    /// Returns whether the order of two operations of different processes matters. If it does not, swapping them leaves both results
    /// and the files the same.
    /// </summary>
    public bool Conflicts(Step other)
    {
        foreach ((string path, Access access) in accesses)
        {
            foreach ((string otherPath, Access otherAccess) in other.Accesses)
            {
                if (Conflict(access, otherAccess) && path == otherPath) return true;
            }
        }

        return false;
    }

    private static bool Conflict(Access one, Access two) => (one, two) switch
    {
        (Access.Writes, _) or (_, Access.Writes) => true,
        (Access.Reads, Access.Names) or (Access.Names, Access.Reads) => true,
        (Access.OwnsLock, Access.OwnsLock or Access.SharesLock) or (Access.SharesLock, Access.OwnsLock) => true,
        _ => false,
    };

    public override string ToString() => $"{(char)('A' + process)} {name}";
}
