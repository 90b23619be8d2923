using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Graph;

/// <summary>
/// Finds the descriptors that image indexes have of their members. These tell more than the member itself: its platform and annotations.
/// </summary>
/// <param name="listsOf">The function that returns the image indexes that list a digest.</param>
/// <param name="read">The function that reads an image index.</param>
internal sealed class ListMembers(Func<Digest, IEnumerable<Descriptor>> listsOf, Func<Descriptor, Manifest> read)
{
    private readonly Dictionary<DigestValue, Dictionary<DigestValue, Descriptor>> _lists = [];

    /// <summary>Returns the descriptor that an image index has of a member, or else the given one.</summary>
    public Descriptor Of(Descriptor member)
    {
        foreach (var list in listsOf(member.Digest))
        {
            if (MembersOf(list).TryGetValue(member.Digest.Value, out var found) && found.Kind == member.Kind) return found;
        }

        return member;
    }

    // Reads each image index once, because callers may ask for all members of a large one.
    private Dictionary<DigestValue, Descriptor> MembersOf(Descriptor list)
    {
        if (_lists.TryGetValue(list.Digest.Value, out var cached)) return cached;
        IEnumerable<Descriptor> members;
        try
        {
            members = read(list).Manifests;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            members = []; // deleted or damaged meanwhile
        }

        return _lists[list.Digest.Value] = members.GroupBy(m => m.Digest.Value).ToDictionary(g => g.Key, g => g.First());
    }
}
