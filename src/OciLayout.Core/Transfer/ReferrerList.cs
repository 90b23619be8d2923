namespace OciLayout.Transfer;

/// <summary>A list of referrers and the tag under which clients look for it (distribution-spec, "Referrers Tag Schema").</summary>
internal sealed record ReferrerList(string Tag, Manifest Document);
