using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Bench;

/// <summary>The same work with plain calls of the framework and the operating system. Its times are the limits.</summary>
internal static partial class Bare
{
    private const int Group = 256;

    /// <summary>Files are flushed in parallel, because the journal of the file system commits them together.</summary>
    private static readonly ParallelOptions Flushing = new() { MaxDegreeOfParallelism = 8 };

    private static readonly ParallelOptions ParallelLoop = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Reads a file and hashes it.</summary>
    public static void Hash(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var buffer = new byte[256 * 1024];
        for (int read; (read = file.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        hash.GetHashAndReset();
    }

    /// <summary>Reads and hashes files in parallel.</summary>
    public static void HashAll(IEnumerable<string> files) => Parallel.ForEach(files, ParallelLoop, Hash);

    /// <summary>Copies a file with the framework's method.</summary>
    public static void Copy(string source, string target, bool flush = false)
    {
        File.Copy(source, target);
        if (flush) Flush(target);
    }

    /// <summary>
    /// Copies and hashes files in parallel, one per processor at a time. Copying and hashing need the same processors, so neither of them
    /// alone is the limit of a verified copy.
    /// </summary>
    public static void CopyAndHashAll(IReadOnlyList<string> files, string directory, bool flush = false)
    {
        Directory.CreateDirectory(directory);
        Parallel.ForEach(files, ParallelLoop, file => CopyAndHash(file, Path.Combine(directory, Path.GetFileName(file)), flush));
    }

    private static void CopyAndHash(string source, string target, bool flush)
    {
        using var from = File.OpenHandle(source, options: FileOptions.SequentialScan);
        using var to = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 17];
        long position = 0;
        for (int count; (count = RandomAccess.Read(from, buffer, position)) > 0; position += count)
        {
            hash.AppendData(buffer, 0, count);
            RandomAccess.Write(to, buffer.AsSpan(0, count), position);
        }

        _ = hash.GetHashAndReset();
        if (flush) RandomAccess.FlushToDisk(to);
    }

    /// <summary>Creates hard links to files.</summary>
    public static void LinkAll(IReadOnlyList<string> files, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in files)
        {
            if (Link(file, Path.Combine(directory, Path.GetFileName(file))) != 0) throw new IOException($"'{file}' cannot be linked.");
        }
    }

    /// <summary>
    /// Creates, writes and renames files, one after the other. If requested, flushes them in groups before renaming them.
    /// </summary>
    public static void CreateAndRename(string directory, IEnumerable<byte[]> contents, bool flush)
    {
        var ingest = Path.Combine(directory, "new");
        var target = Path.Combine(directory, "there");
        Directory.CreateDirectory(ingest);
        Directory.CreateDirectory(target);
        var number = 0;
        foreach (var group in contents.Chunk(Group))
        {
            var names = new List<(string From, string To)>(group.Length);
            foreach (var content in group)
            {
                var name = (number++).ToString(System.Globalization.CultureInfo.InvariantCulture);
                var from = Path.Combine(ingest, name);
                using (var file = new FileStream(from, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0)) file.Write(content);
                if (flush) names.Add((from, Path.Combine(target, name)));
                else File.Move(from, Path.Combine(target, name));
            }

            Parallel.ForEach(names, Flushing, name => Flush(name.From));
            foreach (var (from, to) in names) File.Move(from, to);
        }
    }

    /// <summary>Reads whole files in parallel and returns their total size in bytes.</summary>
    public static long ReadAll(IReadOnlyList<string> files)
    {
        var bytes = 0L;
        Parallel.ForEach(Partitions(files.Count), ParallelLoop, range =>
        {
            var sum = 0L;
            for (var i = range.Item1; i < range.Item2; i++) sum += File.ReadAllBytes(files[i]).Length;
            Interlocked.Add(ref bytes, sum);
        });
        return bytes;
    }

    /// <summary>Deletes files, one after the other.</summary>
    public static void Unlink(IEnumerable<string> files)
    {
        foreach (var file in files) File.Delete(file);
    }

    /// <summary>Copies a directory recursively.</summary>
    public static void CopyDirectory(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var directory in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, directory)));
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(target, Path.GetRelativePath(source, file)));
    }

    /// <summary>Writes a file of random bytes, which a file system cannot compress or deduplicate.</summary>
    public static void RandomFile(string path, long length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var buffer = new byte[1 << 20];
        var random = new Random(length.GetHashCode() ^ path.Length);
        for (var left = length; left > 0; left -= Math.Min(left, buffer.Length))
        {
            random.NextBytes(buffer);
            file.Write(buffer, 0, (int)Math.Min(left, buffer.Length));
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string target);

    private static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        file.Flush(flushToDisk: true);
    }

    private static OrderablePartitioner<Tuple<int, int>> Partitions(int count) =>
        Partitioner.Create(0, count, Math.Max(1, Math.Min(256, count / Environment.ProcessorCount)));
}
