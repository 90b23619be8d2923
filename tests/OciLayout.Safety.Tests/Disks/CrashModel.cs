using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Safety.Disks;

/// <summary>
/// A disk with a write-back cache within the rules of POSIX. The bytes of a file are durable after an fsync of the file, a name after an
/// fsync of its directory. Until then, each change may be on the disk or not, independently. A file may have all of its bytes, the first
/// half of them, zeros in place of the second half or of all of them, or the bytes of its last fsync. A rename within a directory is one
/// change. A rename between two directories is two changes, each durable with its directory.
/// </summary>
internal sealed class CrashModel(string root)
{
    private readonly DirectoryNode _root = new("");
    private readonly List<FileNode> _files = [];
    private readonly List<DirectoryNode> _directories = [];

    /// <summary>Applies a step to the model.</summary>
    public void Apply(DiskEvent step)
    {
        switch (step.Action)
        {
            case DiskAction.Create:
                var file = new FileNode();
                _files.Add(file);
                Parent(step.Path).Change((Path.GetFileName(step.Path), file));
                break;
            case DiskAction.CreateDirectory:
                var directory = new DirectoryNode(Path.GetFileName(step.Path));
                _directories.Add(directory);
                Parent(step.Path).Change((Path.GetFileName(step.Path), directory));
                break;
            case DiskAction.Write:
                ((FileNode)Find(step.Path)).Write(step.Bytes!);
                break;
            case DiskAction.Rename:
                Rename(step.Path, step.Target);
                break;
            case DiskAction.Delete:
                Parent(step.Path).Change((Path.GetFileName(step.Path), null));
                break;
            case DiskAction.Flush:
                Find(step.Path).Flush();
                break;
            case DiskAction.Settled:
                _root.Flush();
                _directories.ForEach(d => d.Flush());
                _files.ForEach(f => f.Flush());
                break;
        }
    }

    /// <summary>Returns the possible states after a power loss at this moment.</summary>
    /// <param name="bound">The largest number of combinations that are all returned. When there are more, the result has both extremes, the
    /// combinations that differ from an extreme in one or two choices, and some random ones.</param>
    /// <param name="samples">The number of random combinations.</param>
    /// <param name="seed">The seed of the random choices.</param>
    public IEnumerable<DiskState> States(int bound, int samples, int seed)
    {
        var choices = Choices().ToList();
        foreach (int[] picked in Combinations([.. choices.Select(c => c.Count)], bound, samples, new Random(seed)))
        {
            for (var i = 0; i < choices.Count; i++) choices[i].Pick(picked[i]);
            var entries = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal);
            Collect(_root, "", entries);
            yield return new DiskState(entries);
        }
    }

    // The first value of each choice means that all unflushed changes are on the disk, the last one that none is.
    private static IEnumerable<int[]> Combinations(int[] counts, int bound, int samples, Random random)
    {
        if (counts.Aggregate(1L, (all, count) => Math.Min(all * count, int.MaxValue)) <= bound)
        {
            var next = new int[counts.Length];
            do
            {
                yield return next;
            }
            while (Increment(next, counts));
            yield break;
        }

        foreach (int[] extreme in (int[][])[new int[counts.Length], [.. counts.Select(c => c - 1)]])
        {
            yield return extreme;
            for (var i = 0; i < counts.Length; i++)
            {
                for (var value = 0; value < counts[i]; value++)
                {
                    yield return With(extreme, i, value);
                    for (int j = i + 1; j < counts.Length; j++) yield return With(With(extreme, i, value), j, counts[j] - 1 - Math.Min(extreme[j], counts[j] - 1));
                }
            }
        }

        for (var n = 0; n < samples; n++) yield return [.. counts.Select(c => random.Next(c))];
    }

    private static bool Increment(int[] number, int[] counts)
    {
        for (var i = 0; i < number.Length; i++)
        {
            if (++number[i] < counts[i]) return true;
            number[i] = 0;
        }

        return false;
    }

    private static int[] With(int[] picked, int at, int value)
    {
        int[] result = [.. picked];
        result[at] = value;
        return result;
    }

    // No process uses the files in ingest/ after a power loss, so the names there are one choice together.
    private IEnumerable<Choice> Choices()
    {
        var visible = new HashSet<Node>();
        foreach (DirectoryNode directory in _directories.Prepend(_root))
        {
            if (directory.Name == "ingest")
            {
                yield return new Choice(3, picked => directory.Pending.ForEach(p => p.Persisted = picked == 0 || (picked == 1 && p.Entries.All(e => e.Node is not null))));
                continue;
            }

            foreach (PendingChange pending in directory.Pending) yield return new Choice(2, picked => pending.Persisted = picked == 0);
            visible.UnionWith(directory.Durable.Values);
            visible.UnionWith(directory.Pending.SelectMany(p => p.Entries).Select(e => e.Node).OfType<Node>());
        }

        var dirty = _files.Where(f => f.Dirty).ToList();
        foreach (FileNode file in dirty.Where(visible.Contains)) yield return new Choice(file.Versions().Count, picked => file.Picked = picked);
        var hidden = dirty.Where(f => !visible.Contains(f)).ToList();
        if (hidden.Count > 0) yield return new Choice(2, picked => hidden.ForEach(f => f.Picked = picked == 0 ? 0 : f.Versions().Count - 1));
    }

    private static void Collect(DirectoryNode directory, string prefix, SortedDictionary<string, byte[]?> into)
    {
        var entries = new Dictionary<string, Node>(directory.Durable);
        foreach (PendingChange pending in directory.Pending.Where(p => p.Persisted)) pending.Apply(entries);
        foreach ((string name, Node node) in entries)
        {
            into[prefix + name] = (node as FileNode)?.Bytes();
            if (node is DirectoryNode child) Collect(child, prefix + name + "/", into);
        }
    }

    private void Rename(string source, string target)
    {
        Node node = Find(source);
        DirectoryNode from = Parent(source), to = Parent(target);
        if (from == to)
        {
            to.Change((Path.GetFileName(source), null), (Path.GetFileName(target), node));
            return;
        }

        to.Change((Path.GetFileName(target), node));
        from.Change((Path.GetFileName(source), null));
    }

    private DirectoryNode Parent(string path) => (DirectoryNode)Find(Path.GetDirectoryName(path)!);

    private Node Find(string path)
    {
        Node node = _root;
        foreach (string part in Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar))
        {
            if (part != ".") node = ((DirectoryNode)node).Current[part];
        }

        return node;
    }

    private sealed record Choice(int Count, Action<int> Pick);

    private abstract class Node
    {
        public abstract void Flush();
    }

    private sealed class FileNode : Node
    {
        private byte[] _durable = [];
        private byte[] _current = [];

        public bool Dirty { get; private set; }

        public int Picked { get; set; }

        public void Write(byte[] bytes) => (_current, Dirty) = ([.. _current, .. bytes], true);

        public override void Flush() => (_durable, Dirty, Picked) = (_current, false, 0);

        public byte[] Bytes() => Versions()[Picked];

        public IReadOnlyList<byte[]> Versions()
        {
            if (!Dirty) return [_current];
            byte[] half = _current[..(_current.Length / 2)];
            byte[] torn = [.. half, .. new byte[_current.Length - half.Length]];
            return [_current, torn, new byte[_current.Length], half, _durable];
        }
    }

    private sealed class DirectoryNode(string name) : Node
    {
        public string Name => name;

        public Dictionary<string, Node> Durable { get; private set; } = [];

        public Dictionary<string, Node> Current { get; } = [];

        public List<PendingChange> Pending { get; } = [];

        public void Change(params (string Name, Node? Node)[] entries)
        {
            var change = new PendingChange(entries);
            Pending.Add(change);
            change.Apply(Current);
        }

        public override void Flush()
        {
            Durable = new Dictionary<string, Node>(Current);
            Pending.Clear();
        }
    }

    private sealed class PendingChange((string Name, Node? Node)[] entries)
    {
        public (string Name, Node? Node)[] Entries => entries;

        public bool Persisted { get; set; }

        public void Apply(Dictionary<string, Node> to)
        {
            foreach ((string name, Node? node) in entries)
            {
                if (node is null) to.Remove(name);
                else to[name] = node;
            }
        }
    }
}
