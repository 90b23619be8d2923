using System;
using System.Collections.Generic;
using System.Globalization;

namespace OciLayout.Worker;

/// <summary>The job line of a worker: a name, a layout and values.</summary>
internal sealed class Job
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Job(string line)
    {
        var words = line.Split('\t');
        Name = words[0];
        Layout = words.Length > 1 ? words[1] : "";
        for (var i = 2; i < words.Length; i++)
        {
            var sign = words[i].IndexOf('=', StringComparison.Ordinal);
            _values[words[i][..sign]] = words[i][(sign + 1)..];
        }
    }

    public string Name { get; }

    public string Layout { get; }

    public string this[string key] => _values.GetValueOrDefault(key, "");

    public int Number(string key, int otherwise = 0) =>
        _values.TryGetValue(key, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Opens the store with the options of the job.</summary>
    public OciStore Open() => OciStore.Open(Layout, new OciStoreOptions
    {
        AutoSaveIndex = this["save"] != "manual",
        Flush = this["flush"] != "no",
        LockTimeout = TimeSpan.FromMilliseconds(Number("timeout", 30_000)),
    });
}
