using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>
/// Checks everything reachable from the index, starting with tagged content. Reads, verifies and parses manifests in parallel; checks that
/// the content they reference is stored with the right size.
/// </summary>
/// <param name="run">The verification.</param>
/// <param name="images">The receiver of manifests and of the members of indexes; null for none.</param>
internal sealed class GraphCheck(VerifyRun run, ImageCheck? images)
{
    private readonly HashSet<NodeKey> _seen = [];
    private readonly List<NodeKey> _documents = []; // listed or referenced content of unknown types
    private readonly Dictionary<Digest, (FindingSeverity Severity, FindingProblem Problem, Descriptor Descriptor)> _missing = [];
    private readonly HashSet<(Digest Digest, long Size)> _wrongSizes = [];
    private readonly HashSet<(Digest Digest, FindingProblem Problem, string? Expected, string? Actual)> _unread = [];
    private List<Descriptor> _next = [];

    public void Walk(IndexTable table)
    {
        var roots = table.Entries.Where(e => e.Problem is null && e.Digest.IsVerifiable).ToList();
        foreach (var root in roots.Where(e => e.IsNamed)) run.AddNamedRoot(root.Digest);
        if (images is not null)
        {
            foreach (var root in roots) images.AddEntry(root.Describe(), root.Tag);
        }

        WalkFrom(roots.Where(e => e.IsNamed), FindingSeverity.Error);
        WalkFrom(roots.Where(e => !e.IsNamed), FindingSeverity.Warning);
        foreach (var key in new ManifestGraph(run.Blobs).FindReachable(_documents, run.Options.ManifestSizeLimit, run.Cancellation).Order) run.Reachable.Add(key.Digest);
        foreach (var missing in _missing.Values)
        {
            var isOccupied = run.Layout.Stat(LayoutNames.Blob(missing.Descriptor.Digest)) is not null;
            run.Report(new Finding(missing.Problem, missing.Severity, run.PathOf(missing.Descriptor.Digest))
            {
                Digest = missing.Descriptor.Digest,
                Expected = $"{missing.Descriptor.Size.ToString(CultureInfo.InvariantCulture)} bytes of {Digest.Shorten(missing.Descriptor.MediaType)}",
                Actual = DescribeFile(missing.Descriptor.Digest),
                Tags = run.TagsOf(missing.Descriptor.Digest),
                Roots = run.RootsOf(missing.Descriptor.Digest),
                Remedy = isOccupied ? FindingRemedy.Replace : missing.Problem == FindingProblem.Missing ? FindingRemedy.Fetch : FindingRemedy.None,
            });
        }
    }

    /// <param name="roots">The entries to start from.</param>
    /// <param name="severity">The severity of missing content.</param>
    private void WalkFrom(IEnumerable<IndexEntry> roots, FindingSeverity severity)
    {
        foreach (var root in roots) Visit(Describe(root), severity, DescriptorRole.Root);
        while (_next.Count > 0)
        {
            var level = _next;
            _next = [];
            var read = new Manifest?[level.Count];
            ParallelLoop.For(level.Count, i => read[i] = Read(level[i]), run.Cancellation);
            for (var i = 0; i < level.Count; i++)
            {
                if (read[i] is { } manifest) Follow(level[i].Digest, manifest, severity);
            }
        }
    }

    // A malformed entry was reported before. Its digest and size still tell which content must be stored.
    private static Descriptor Describe(IndexEntry entry) => new(entry.MediaType, entry.Digest, entry.Size);

    private void Follow(Digest parent, Manifest manifest, FindingSeverity severity)
    {
        images?.AddManifest(parent, manifest);
        foreach (var (role, target) in manifest.Successors)
        {
            if (role == DescriptorRole.Manifest) images?.AddMember(target, parent);
            if (role != DescriptorRole.Subject) run.AddParent(target.Digest, parent);
            DescriptorCheck.Run(run, target, run.PathOf(parent));
            if (!target.Digest.IsVerifiable) continue;
            Visit(target, role == DescriptorRole.Subject || target.IsForeignLayer ? FindingSeverity.Notice
                : role == DescriptorRole.Manifest ? FindingSeverity.Warning // sparse copies have only some platforms
                : severity, role);
        }
    }

    private void Visit(Descriptor target, FindingSeverity severity, DescriptorRole role)
    {
        run.Reachable.Add(target.Digest);
        if (!IsStored(target, role == DescriptorRole.Root))
        {
            if (_missing.TryGetValue(target.Digest, out var known) && known.Severity >= severity) return;
            _missing[target.Digest] = (severity, role == DescriptorRole.Subject ? FindingProblem.DanglingSubject : FindingProblem.Missing, target);
            return;
        }

        var key = NodeKey.Of(target, role);
        if (!_seen.Add(key) || key.Kind == ManifestKind.None) return;
        if (key.Kind == ManifestKind.Document)
        {
            _documents.Add(key);
            return;
        }

        if (run.Files[target.Digest].Length > 0) _next.Add(target);
        else run.IsGraphComplete = false; // not opened, because a FIFO also has length 0
    }

    // A repair can correct the size in an index entry, but not in a manifest.
    private bool IsStored(Descriptor target, bool isEntry)
    {
        if (!run.Files.TryGetValue(target.Digest, out var file) || file.Kind != FileKind.File) return false;
        if (file.Length != target.Size && _wrongSizes.Add((target.Digest, target.Size)))
        {
            run.Report(new Finding(FindingProblem.SizeMismatch, FindingSeverity.Error, run.PathOf(target.Digest))
            {
                Digest = target.Digest,
                Expected = target.Size.ToString(CultureInfo.InvariantCulture),
                Actual = file.Length.ToString(CultureInfo.InvariantCulture),
                Tags = run.TagsOf(target.Digest),
                Remedy = isEntry ? FindingRemedy.RewriteIndex : FindingRemedy.None,
            });
        }

        return true;
    }

    private Manifest? Read(Descriptor target)
    {
        try
        {
            var bytes = run.Blobs.ReadAll(target.Digest, null, run.Options.ManifestSizeLimit, run.Cancellation);
            MarkHashed(target.Digest);
            var manifest = Manifest.Parse(bytes, target.Kind, target.Digest.ToString());
            CheckRules(target, bytes);
            return manifest;
        }
        catch (OciException e)
        {
            Unread(target, ProblemOf(e, target), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unread(target, FindingProblem.Unreadable, e);
        }

        return null;
    }

    // Checks the rules of push, because manifests that other tools stored may violate them.
    private void CheckRules(Descriptor target, byte[] bytes)
    {
        if (ManifestRules.Problem(bytes, target.Kind, withValues: false, out var missing) is { } problem) Report(FindingSeverity.Warning, "a document that other tools can read", problem);
        else if (missing.Count > 0) Report(FindingSeverity.Notice, "all members that the specification requires", "no " + string.Join(", ", missing));

        void Report(FindingSeverity severity, string expected, string actual) => run.Report(new Finding(FindingProblem.ManifestSchema, severity, run.PathOf(target.Digest))
        {
            Digest = target.Digest,
            Expected = expected,
            Actual = actual,
            Tags = run.TagsOf(target.Digest),
        });
    }

    private void Unread(Descriptor target, FindingProblem problem, Exception e)
    {
        var finding = new Finding(problem, FindingSeverity.Error, run.PathOf(target.Digest))
        {
            Digest = target.Digest,
            Expected = (e as OciException)?.Expected ?? target.MediaType,
            Actual = (e as OciException)?.Actual ?? e.Message,
            Tags = run.TagsOf(target.Digest),
            Remedy = problem is FindingProblem.DigestMismatch or FindingProblem.SizeMismatch ? FindingRemedy.Replace
                : problem == FindingProblem.Unreadable ? FindingRemedy.SetPermission : FindingRemedy.None,
        };
        lock (run.Hashed)
        {
            run.Hashed.Add(target.Digest);
            run.IsGraphComplete = false;

            // Content that is referenced as two kinds of manifest has the same problem twice.
            if (!_unread.Add((target.Digest, problem, finding.Expected, finding.Actual))) return;
        }

        run.Report(finding);
    }

    private FindingProblem ProblemOf(OciException e, Descriptor target) => e.Kind switch
    {
        OciErrorKind.DigestMismatch => FindingProblem.DigestMismatch,
        OciErrorKind.SizeMismatch => FindingProblem.SizeMismatch,
        OciErrorKind.SizeLimitExceeded => FindingProblem.TooLarge,
        OciErrorKind.NotFound => FindingProblem.Unreadable,
        _ when SniffMediaType(target) is { } own && own != target.MediaType => FindingProblem.MediaTypeMismatch,
        _ => FindingProblem.InvalidManifest,
    };

    // Returns null also if the content changed or was deleted since it was read.
    private string? SniffMediaType(Descriptor target)
    {
        try
        {
            return Manifest.Sniff(run.Blobs.ReadAll(target.Digest, null, run.Options.ManifestSizeLimit, run.Cancellation));
        }
        catch (Exception e) when (e is OciException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void MarkHashed(Digest digest)
    {
        lock (run.Hashed) run.Hashed.Add(digest);
    }

    private string DescribeFile(Digest digest) => run.Layout.Stat(LayoutNames.Blob(digest)) switch
    {
        null => "nothing",
        { Kind: FileKind.Directory } => "a directory",
        { Kind: FileKind.Other, IsLink: true } => "a dangling link",
        { Kind: FileKind.Other } => "a device",
        _ => "an empty file",
    };
}
