namespace OciLayout.Tests.StateModel;

/// <summary>Content and how it is read: by its own media type, or as a document of an unknown type.</summary>
internal readonly record struct ModelNode(Digest Digest, bool IsDocument);
