using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Safety;

/// <summary>
/// The messages of a worker: changes that it begins (<c>?</c>), changes that are pending until an explicit save (<c>~</c>), and
/// acknowledged changes (<c>!</c>). They determine the allowed states of its tags whenever it is killed.
/// </summary>
internal sealed class WorkerLog
{
    private readonly Dictionary<string, string?> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _waiting = new(StringComparer.Ordinal);
    private bool _saving;

    /// <summary>Blobs that were acknowledged since this worker last began a collection.</summary>
    public HashSet<string> Blobs { get; } = [];

    /// <summary>Manifests that were acknowledged, tagged or not, since this worker last began a collection or deletion.</summary>
    public HashSet<string> Listed { get; } = [];

    /// <summary>The digests that were deleted.</summary>
    public HashSet<string> Gone { get; } = [];

    /// <summary>The values that the tags shared by all workers had or may have had.</summary>
    public HashSet<(string Tag, string Digest)> Contested { get; } = [];

    /// <summary>Whether the worker began to collect garbage, which deletes content that only killed processes claim.</summary>
    public bool Collected { get; private set; }

    /// <summary>The number of acknowledged changes.</summary>
    public int Acknowledged { get; private set; }

    public long Longest { get; private set; }

    public long Runs { get; private set; }

    /// <summary>The tags that were acknowledged and are not being changed, with their digests; null for a removed tag.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Sure => _tags.Where(t => !_begun.ContainsKey(t.Key) && !(_saving && _waiting.ContainsKey(t.Key)));

    /// <summary>The tags that are being changed, with their values before and after.</summary>
    public IEnumerable<(string Tag, string? Before, string? After)> Begun => _begun.Select(b => (b.Key, _tags.GetValueOrDefault(b.Key), b.Value));

    /// <summary>The changes of a save that has begun and was not acknowledged. Either all of them were made or none.</summary>
    public IReadOnlyList<(string Tag, string? Before, string? After)> Saving =>
        _saving ? [.. _waiting.Select(b => (b.Key, _tags.GetValueOrDefault(b.Key), b.Value))] : [];

    /// <summary>Sets the tags that the worker starts with, as found after the worker before it was killed.</summary>
    public void Continue(IEnumerable<KeyValuePair<string, string>> tags)
    {
        foreach ((string tag, string digest) in tags) _tags[tag] = digest;
    }

    /// <summary>Adds the current values of the tags shared by all workers.</summary>
    public void Contest(IEnumerable<KeyValuePair<string, string>> tags)
    {
        foreach ((string tag, string digest) in tags) Contested.Add((tag, digest));
    }

    public void Take(string line)
    {
        string[] words = line.Split(' ');
        if (words[0] == "!") Acknowledged++;
        switch (words[0] + words.ElementAtOrDefault(1))
        {
            case "?tag":
                _begun[words[2]] = words[3];
                break;
            case "?drop":
                _begun[words[2]] = null;
                break;
            case "?delete":
                _begun[words[2]] = null;
                Listed.Clear();
                break;
            case "!tag":
            case "!drop":
            case "!delete":
                _tags[words[2]] = _begun[words[2]];
                _begun.Remove(words[2]);
                if (words[1] == "delete") Gone.Add(words[3]);
                break;
            case "!refused":
                _begun.Remove(words[2]);
                break;
            case "~tag":
                _waiting[words[2]] = words[3];
                break;
            case "~drop":
                _waiting[words[2]] = null;
                break;
            case "?save":
                _saving = true;
                break;
            case "!save":
                foreach ((string tag, string? digest) in _waiting) _tags[tag] = digest;
                _waiting.Clear();
                _saving = false;
                break;
            case "?collect":
                Collected = true;
                Blobs.Clear();
                Listed.Clear();
                break;
            case "!blob":
                Blobs.Add(words[2]);
                break;
            case "!listed":
                Listed.Add(words[2]);
                break;
            case "?contest":
                Contested.Add((words[2], words[3]));
                break;
            default:
                if (words[0] == "longest") Longest = long.Parse(words[1], CultureInfo.InvariantCulture);
                if (words[0] == "runs") Runs = long.Parse(words[1], CultureInfo.InvariantCulture);
                break;
        }
    }
}
