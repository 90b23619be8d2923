namespace OciLayout.Sessions;

/// <summary>A file in <c>ingest/</c>.</summary>
internal sealed record Leftover(string Path, long Size);
