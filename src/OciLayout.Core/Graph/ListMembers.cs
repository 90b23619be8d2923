using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Graph;

/// <summary>Finds the descriptors that lists have of their members. A list says more of a member than the member itself: its platform and annotations.</summary>
/// <param name="listsOf">Returns the lists that have a member.</param>
/// <param name="read">Reads a list.</param>
internal sealed class ListMembers(Func<Digest, IEnumerable<Descriptor>> listsOf, Func<Descriptor, Manifest> read)
{
    private readonly Dictionary<Digest, Dictionary<Digest, Descriptor>> _lists = [];

    /// <summary>Returns the descriptor that a list has of a member, or else the one given.</summary>
    public Descriptor Of(Descriptor member)
    {
        foreach (var list in listsOf(member.Digest))
        {
            if (MembersOf(list).TryGetValue(member.Digest, out var found) && found.Kind == member.Kind) return found;
        }

        return member;
    }

    // Each list is read once, since all members of a large one may be asked for.
    private Dictionary<Digest, Descriptor> MembersOf(Descriptor list)
    {
        if (_lists.TryGetValue(list.Digest, out var known)) return known;
        IEnumerable<Descriptor> members;
        try
        {
            members = read(list).Manifests;
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            members = []; // deleted or damaged meanwhile
        }

        return _lists[list.Digest] = members.GroupBy(m => m.Digest).ToDictionary(g => g.Key, g => g.First());
    }
}
