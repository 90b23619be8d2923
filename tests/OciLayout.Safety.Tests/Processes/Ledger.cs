using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Safety;

/// <summary>
/// What a worker has told: what it was about to do (<c>?</c>), what waits for a save of its own (<c>~</c>), and what was acknowledged to it
/// (<c>!</c>). From that follows what each of its tags may be, whenever it died.
/// </summary>
internal sealed class Ledger
{
    private readonly Dictionary<string, string?> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _waiting = new(StringComparer.Ordinal);
    private bool _saving;

    /// <summary>Plain content that was acknowledged and that nobody here has collected since.</summary>
    public HashSet<string> Blobs { get; } = [];

    /// <summary>Manifests that were acknowledged, tagged or not, until the next collection or deletion began.</summary>
    public HashSet<string> Listed { get; } = [];

    /// <summary>What was deleted.</summary>
    public HashSet<string> Gone { get; } = [];

    /// <summary>What was or may have been given to the tags that everybody moves.</summary>
    public HashSet<(string Tag, string Digest)> Contested { get; } = [];

    /// <summary>Whether it began to collect garbage, by which the claims of the dead go.</summary>
    public bool Collected { get; private set; }

    /// <summary>How many changes were acknowledged, and how long the longest of the worker's took, in milliseconds.</summary>
    public int Acknowledged { get; private set; }

    public long Longest { get; private set; }

    public long Runs { get; private set; }

    /// <summary>The tags that were acknowledged, and are not being changed: they must be there, or must not.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Sure => _tags.Where(t => !_begun.ContainsKey(t.Key) && !(_saving && _waiting.ContainsKey(t.Key)));

    /// <summary>The tags that are being changed, and what they were and will be.</summary>
    public IEnumerable<(string Tag, string? Before, string? After)> Begun => _begun.Select(b => (b.Key, _tags.GetValueOrDefault(b.Key), b.Value));

    /// <summary>The changes of a save that has begun and was not acknowledged: all of them happened, or none.</summary>
    public IReadOnlyList<(string Tag, string? Before, string? After)> Saving =>
        _saving ? [.. _waiting.Select(b => (b.Key, _tags.GetValueOrDefault(b.Key), b.Value))] : [];

    /// <summary>What was found when this worker was dead becomes what the next one begins with.</summary>
    public void Continue(IEnumerable<KeyValuePair<string, string>> tags)
    {
        foreach ((string tag, string digest) in tags) _tags[tag] = digest;
    }

    /// <summary>What the tags that everybody moves were before.</summary>
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
