namespace OciLayout.Referrers;

/// <summary>The document of a fallback index and its tag (distribution-spec, "Referrers Tag Schema").</summary>
internal sealed record FallbackDocument(string Tag, Manifest Manifest);
