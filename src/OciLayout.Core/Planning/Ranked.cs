namespace OciLayout.Planning;

/// <summary>A digest and its rank. Higher ranks are deleted later.</summary>
internal readonly record struct Ranked(Digest Digest, int Rank);
