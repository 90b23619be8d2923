using System;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>A file to rename.</summary>
/// <param name="Source">The current path.</param>
/// <param name="Target">The new path.</param>
internal readonly record struct FileMove(string Source, FilePath Target)
{
    /// <summary>Implements <see cref="IFileWriter.MoveWhileFree"/> with single calls.</summary>
    public static int OneByOne(IFileWriter files, ReadOnlySpan<FileMove> moves, Action<int> moved)
    {
        var count = 0;
        for (; count < moves.Length && files.TryMove(moves[count].Source, moves[count].Target); count++) moved(count);
        return count;
    }
}
