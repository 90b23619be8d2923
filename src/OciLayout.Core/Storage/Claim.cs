using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Graph;

namespace OciLayout.Storage;

/// <summary>What a process holds: content, and as what.</summary>
internal sealed class Claim(Digest digest, string mediaType) : IEquatable<Claim>
{
    public Digest Digest => digest;

    public string MediaType => mediaType;

    /// <summary>The content, as it is read.</summary>
    public NodeKey Target => new(digest, MediaTypes.KindOf(mediaType));

    /// <summary>Whether two lists, in which none comes twice, have the same claims.</summary>
    public static bool AreSame(IReadOnlyList<Claim> claims, IReadOnlyList<Claim> others) =>
        claims.Count == others.Count && (claims.Count == 0 || !claims.Except(others).Any());

    public bool Equals(Claim? other) => other is not null && Digest == other.Digest && MediaType == other.MediaType;

    public override bool Equals(object? obj) => Equals(obj as Claim);

    public override int GetHashCode() => digest.GetHashCode();
}
