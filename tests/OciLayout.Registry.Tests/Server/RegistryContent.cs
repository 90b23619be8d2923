using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The repositories of a test registry, in memory. Thread-safe.</summary>
internal sealed class RegistryContent
{
    private readonly ConcurrentDictionary<string, Repository> _repositories = new(StringComparer.Ordinal);

    /// <summary>The names of the repositories in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _repositories.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Returns a repository; null if it does not exist.</summary>
    public Repository? Find(string name) => _repositories.TryGetValue(name, out var found) ? found : null;

    /// <summary>Returns a repository, which is created if it does not exist.</summary>
    public Repository this[string name] => _repositories.GetOrAdd(name, _ => new Repository());

    /// <summary>Stores an image with its blobs.</summary>
    public void Add(string repository, TestImage image, params string[] tags)
    {
        var target = this[repository];
        target.AddBlob(image.Layer);
        target.AddBlob(image.Config);
        target.AddManifest(image.Manifest, MediaTypes.ImageManifest, tags);
    }

    /// <summary>One repository.</summary>
    internal sealed class Repository
    {
        /// <summary>The blobs by digest.</summary>
        public ConcurrentDictionary<string, byte[]> Blobs { get; } = new(StringComparer.Ordinal);

        /// <summary>The manifests by digest, with their media types.</summary>
        public ConcurrentDictionary<string, (string MediaType, byte[] Bytes)> Manifests { get; } = new(StringComparer.Ordinal);

        /// <summary>The digests by tag.</summary>
        public ConcurrentDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

        /// <summary>The uploads in progress, by session.</summary>
        public ConcurrentDictionary<string, Upload> Uploads { get; } = new(StringComparer.Ordinal);

        /// <summary>Stores a blob.</summary>
        public void AddBlob(byte[] bytes) => Blobs[Digest.Compute(bytes).ToString()] = bytes;

        /// <summary>Stores a blob under a digest of any algorithm.</summary>
        /// <returns>Whether the blob has the digest.</returns>
        public bool TryAddBlob(string digest, byte[] bytes)
        {
            if (!Matches(digest, bytes)) return false;
            Blobs[digest] = bytes;
            return true;
        }

        /// <summary>Stores a manifest.</summary>
        public void AddManifest(byte[] bytes, string mediaType, params string[] tags)
        {
            var digest = Digest.Compute(bytes).ToString();
            Manifests[digest] = (mediaType, bytes);
            foreach (var tag in tags) Tags[tag] = digest;
        }

        /// <summary>Stores a manifest under a digest of any algorithm.</summary>
        /// <returns>Whether the manifest has the digest.</returns>
        public bool TryAddManifest(string digest, byte[] bytes, string mediaType)
        {
            if (!Matches(digest, bytes)) return false;
            Manifests[digest] = (mediaType, bytes);
            return true;
        }

        private static bool Matches(string digest, byte[] bytes) =>
            Digest.TryParse(digest, out var expected) && expected.KnownAlgorithm is { } algorithm && Digest.Compute(bytes, algorithm) == expected;

        /// <summary>Finds a manifest by tag or digest.</summary>
        public (string Digest, string MediaType, byte[] Bytes)? FindManifest(string reference)
        {
            if (Tags.TryGetValue(reference, out var tagged)) reference = tagged;
            return Manifests.TryGetValue(reference, out var found) ? (reference, found.MediaType, found.Bytes) : null;
        }
    }

    /// <summary>An upload in progress.</summary>
    internal sealed class Upload
    {
        /// <summary>The bytes so far.</summary>
        public MemoryStream Received { get; } = new();

        /// <summary>The number of the answer whose location is valid. Older locations are refused.</summary>
        public int State { get; set; }
    }
}
