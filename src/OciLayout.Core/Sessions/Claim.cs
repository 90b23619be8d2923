using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Sessions;

/// <summary>Content that a process claims, so that garbage collection keeps it, and the media type as which it is read.</summary>
internal sealed class Claim(Digest digest, string mediaType) : IEquatable<Claim>
{
    public Digest Digest => digest;

    public string MediaType => mediaType;

    /// <summary>The node of the graph that is claimed.</summary>
    public NodeKey Target => new(digest, MediaTypes.KindOf(mediaType));

    /// <summary>Returns whether two lists without duplicates contain the same claims.</summary>
    public static bool AreSame(IReadOnlyList<Claim> claims, IReadOnlyList<Claim> others) =>
        claims.Count == others.Count && (claims.Count == 0 || !claims.Except(others).Any());

    public bool Equals(Claim? other) => other is not null && Digest == other.Digest && MediaType == other.MediaType;

    public override bool Equals(object? obj) => Equals(obj as Claim);

    public override int GetHashCode() => digest.GetHashCode();
}
