using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests;

/// <summary>
/// The architecture of the core: folders whose types refer only to types of folders below, and one type in each file.
/// </summary>
public sealed class ArchitectureTests
{
    private const string Root = "";

    /// <summary>The folders of the core, each above the folders before it. The public entry points are in the root.</summary>
    private static readonly string[] FolderOrder =
    [
        "Common", "Model", "Files", "Layout", "Archives", "Sessions", "Blobs", "Index", "Referrers", "Graph", "Planning", "Store", "Registry", "Registry/Credentials", "Artifacts", "Transfer", "Images", "Maintenance", Root,
    ];

    private static readonly Assembly Core = typeof(OciStore).Assembly;

    private static readonly string Source = Path.Combine(Repository.Root, "src", "OciLayout.Core");

    private static readonly IReadOnlyDictionary<string, SourceFile> Files = ReadSources();

    [Fact]
    public void AFolderRefersOnlyToFoldersBelow()
    {
        var upward = from type in OwnTypes()
                     let folder = FolderOf(type)
                     from used in TypeReferences.Of(type).Select(Outermost).Where(IsOwn).Distinct()
                     where Height(FolderOf(used)) > Height(folder)
                     select $"{folder}/{type.Name} refers to {FolderOf(used)}/{used.Name}";
        AssertNone(upward);
    }

    [Fact]
    public void APublicTypeIsInTheRootNamespaceAndAnInternalTypeInThatOfItsFolder() =>
        AssertNone(OwnTypes().Where(t => !t.IsNested && t.Namespace != NamespaceFor(t)).Select(t => $"{t.FullName} should be in {NamespaceFor(t)}"));

    [Fact]
    public void EveryFolderHasAPlaceInTheOrder() =>
        AssertNone(Files.Values.Select(f => f.Folder).Distinct().Except(FolderOrder).Select(r => $"{r} is not in the order of the folders"));

    [Fact]
    public void AFileDeclaresOneTypeOfItsName() =>
        AssertNone(Files.Values.Where(f => !f.Types.SequenceEqual([f.Name])).Select(f => $"{f.Folder}/{f.Name}.cs declares {string.Join(", ", f.Types)}"));

    [Fact]
    public void AFileHasAtMost400Lines() =>
        AssertNone(Files.Values.Where(f => f.LineCount > 400).Select(f => $"{f.Folder}/{f.Name}.cs has {f.LineCount} lines"));

    [Fact]
    public void TheCoreDoesNotReferToPowerShell() =>
        AssertNone(Core.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.Contains("PowerShell", StringComparison.Ordinal) || n.StartsWith("System.Management", StringComparison.Ordinal)));

    private static string NamespaceFor(Type type) => type.IsPublic || FolderOf(type) == Root ? "OciLayout" : "OciLayout." + FolderOf(type).Replace('/', '.');

    private static IEnumerable<Type> OwnTypes() => Core.GetTypes().Where(t => IsOwn(Outermost(t)));

    // The compiler adds types of its own, and the netstandard2.0 build has attributes of the namespace System.
    private static bool IsOwn(Type type) => type.Assembly == Core && Files.ContainsKey(NameOf(type));

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type;
    }

    private static string FolderOf(Type type) => Files[NameOf(Outermost(type))].Folder;

    private static int Height(string folder) => Array.IndexOf(FolderOrder, folder);

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private static void AssertNone(IEnumerable<string> violations)
    {
        var all = violations.Distinct().OrderBy(v => v, StringComparer.Ordinal).ToList();
        Assert.True(all.Count == 0, string.Join(Environment.NewLine, all));
    }

    private static Dictionary<string, SourceFile> ReadSources() =>
        Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Select(p => (Path: p, Folder: Path.GetRelativePath(Source, Path.GetDirectoryName(p)!).Replace('\\', '/')))
            .Where(f => f.Folder.Split('/')[0] is not ("obj" or "bin"))
            .Select(f => new SourceFile(f.Path, f.Folder == "." ? Root : f.Folder))
            .ToDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>A source file of the core. Its namespace covers the whole file, so types of the namespace begin in the first column.</summary>
    private sealed class SourceFile
    {
        private static readonly Regex Declaration = new(@"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|unsafe|ref) )*(?:class|struct|interface|enum|record(?: class| struct)?|delegate [^ ]+) (\w+)", RegexOptions.CultureInvariant);

        public SourceFile(string path, string folder)
        {
            var lines = File.ReadAllLines(path);
            Name = Path.GetFileNameWithoutExtension(path);
            Folder = folder;
            LineCount = lines.Length;
            Types = [.. lines.Select(l => Declaration.Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        }

        public string Name { get; }

        public string Folder { get; }

        public int LineCount { get; }

        public IReadOnlyList<string> Types { get; }
    }
}
