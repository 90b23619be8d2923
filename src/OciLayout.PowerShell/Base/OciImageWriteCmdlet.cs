using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that writes images: the settings, and the layers to add.</summary>
public abstract class OciImageWriteCmdlet : OciItemCmdlet
{
    private const string SourceDateVariable = "SOURCE_DATE_EPOCH";

    private BatchSet? _batches;

    /// <summary>The directory in the image for the files of -Path.</summary>
    [Parameter]
    public string? Target { get; set; }

    /// <summary>The permission bits of all files of -Path, in octal digits.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>The numbers of the owner and the group of all files of -Path, as uid[:gid].</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <summary>The command that always runs.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Entrypoint { get; set; }

    /// <summary>The default arguments.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Command { get; set; }

    /// <summary>Environment variables, as a hashtable. $null removes one.</summary>
    [Parameter]
    public IDictionary? Environment { get; set; }

    /// <summary>Labels, as a hashtable. $null removes one.</summary>
    [Parameter]
    public IDictionary? Label { get; set; }

    /// <summary>Annotations of the manifest, as a hashtable. $null removes one.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <summary>The user, as user[:group].</summary>
    [Parameter]
    public string? User { get; set; }

    /// <summary>The working directory.</summary>
    [Parameter]
    public string? WorkingDirectory { get; set; }

    /// <summary>The ports, such as 80 or 53/udp.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? ExposedPort { get; set; }

    /// <summary>The creation time.</summary>
    [Parameter]
    public DateTimeOffset? Created { get; set; }

    /// <summary>The author.</summary>
    [Parameter]
    public string? Author { get; set; }

    /// <summary>The tags of the result.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>The files, directories and tar archives that become layers.</summary>
    private protected IReadOnlyList<string> Paths { get; private set; } = [];

    /// <summary>Returns the settings.</summary>
    private protected ImageSettings Settings(IReadOnlyList<string>? removedLayers) => new()
    {
        Entrypoint = Entrypoint,
        Command = Command,
        ExposedPorts = ExposedPort,
        Environment = AnnotationReader.ReadChanges(Environment, nameof(Environment)),
        Labels = AnnotationReader.ReadChanges(Label, nameof(Label)),
        Annotations = AnnotationReader.ReadChanges(Annotation, nameof(Annotation)),
        User = User,
        WorkingDirectory = WorkingDirectory,
        Author = Author,
        Created = Created,
        SourceDate = SourceDate(),
        RemovedLayers = removedLayers ?? [],
        Layers = [.. Paths.Select(Layer)],
    };

    /// <summary>Finds the files of a parameter. A path that does not exist terminates the call.</summary>
    private protected void FindPaths(IEnumerable<TypedPath>? typed) => Paths = [.. (typed ?? []).SelectMany(path => TryOrTerminate(path.Text, () =>
    {
        var found = path.Resolve(SessionState);
        if (found.Count == 0) throw new FileNotFoundException($"No file or directory matches '{path.Text}'.", path.Text);
        foreach (var one in found)
        {
            if (!File.Exists(one) && !Directory.Exists(one)) throw new FileNotFoundException($"The file or directory '{one}' does not exist.", one);
        }

        return found.OrderBy(p => p, StringComparer.Ordinal); // file systems list in any order
    }))];

    private LayerSource Layer(string path)
    {
        var (user, group) = OwnerNumbers();
        return new LayerSource(path) { Target = string.IsNullOrEmpty(Target) ? "/" : Target!, Mode = ModeBits(), UserId = user, GroupId = group };
    }

    private int? ModeBits()
    {
        if (string.IsNullOrEmpty(Mode)) return null;
        if (Mode!.Length <= 5 && Mode.All(c => c is >= '0' and <= '7') && Convert.ToInt32(Mode, 8) is <= 0xFFF and var bits) return bits;
        throw new OciArgumentException("InvalidMode", $"'{Mode}' is not a file mode.", "Write octal digits, such as -Mode 0755.");
    }

    // One number is that of the user and of the group, as in a Dockerfile.
    private (long User, long Group) OwnerNumbers()
    {
        if (string.IsNullOrEmpty(Owner)) return (0, 0);
        var parts = Owner!.Split(':');
        if (parts.Length <= 2 && Number(parts[0]) is { } user && Number(parts[parts.Length - 1]) is { } group) return (user, group);
        throw new OciArgumentException("InvalidOwner", $"'{Owner}' is not an owner.", "Write the numbers of the user and the group, such as -Owner 1000:1000. Names depend on the image.");

        static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static DateTimeOffset? SourceDate()
    {
        var text = System.Environment.GetEnvironmentVariable(SourceDateVariable);
        if (string.IsNullOrEmpty(text)) return null;
        const long latest = 253402300799; // the year 9999
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= latest) return DateTimeOffset.FromUnixTimeSeconds(seconds);
        throw new OciArgumentException("InvalidSourceDate", $"The environment variable {SourceDateVariable} is '{text}', not a number of seconds since 1970.", $"Set it to a number, or remove it: $env:{SourceDateVariable} = $null.");
    }

    /// <summary>Returns the changes as text for -WhatIf.</summary>
    private protected string DescribeChanges(IReadOnlyCollection<string>? tags)
    {
        string[] names = ["Entrypoint", "Command", "Environment", "Label", "Annotation", "User", "WorkingDirectory", "ExposedPort", "Created", "Author", "RemoveLayer"];
        var changes = names.Where(MyInvocation.BoundParameters.ContainsKey).ToList();
        if (Paths.Count > 0) changes.Add(Display.Count(Paths.Count, "new layer", "new layers"));
        return (changes.Count == 0 ? "" : $" ({string.Join(", ", changes)})") + (tags is null or { Count: 0 } ? "" : $" and tag it {string.Join(", ", tags)}");
    }

    /// <summary>Writes an image while this thread shows progress.</summary>
    private protected Descriptor Write(OciPlaceInfo place, string activity, Func<OciBatch?, OciRepository?, IProgress<long>, Descriptor> write)
    {
        foreach (var tag in place is OciRepositoryInfo ? Tag ?? [] : []) RegistryRefusal.CheckTag(place, tag, force: false);
        var batch = place is OciStoreInfo store ? (_batches ??= new BatchSet(this, Try, Cancellation)).For(store) : null;
        var packed = new LastReport<long>();
        return Run(activity, () => write(batch, (place as OciRepositoryInfo)?.Core, packed), () => WithWait(packed.Value == 0 ? new WorkStatus("Writing the image") : WorkStatus.OfBytes("packed", packed.Value)));
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CheckTags(Tag);
        _ = TryOrTerminate(Owner, OwnerNumbers);
        _ = TryOrTerminate(Mode, ModeBits);
        _ = TryOrTerminate(null, SourceDate);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => _batches?.Commit();

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Actual: ArtifactErrors.OtherProcess or ArtifactErrors.SpecialFile } => base.Advise(error),
        OciException { Kind: OciErrorKind.InvalidManifest, Subject: AnnotationKeys.Created } => "Use a date such as '2026-01-31T12:00:00Z', or a DateTime object.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "valid Unicode" } => "Write the whole character, or remove it.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "a valid setting" } => "An empty array or text removes a setting: -Entrypoint @(), -User ''. In a hashtable, $null removes a name.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "an image" } => $"Use the tag of an image. Get-OciTag {CommonAdvice.Quote(StoreText ?? "./layout")} -Detailed shows the platforms of images.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "a platform" } => "Add -Platform, such as -Platform linux/amd64, or -Base.",
        OciException { Kind: OciErrorKind.InvalidArchive, Expected: "a tar archive" } => "Create the archive again, or name a directory with -Path.",
        OciException { Kind: OciErrorKind.UnsupportedOperation, Expected: "an OCI manifest" } => "Use -Label: labels are in the configuration, which both formats have.",
        OciException { Kind: OciErrorKind.UnsafePath } => "Rename the file, or use another -Target.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Actual: "a symbolic link" } => "Use PowerShell 7.4 or later, or replace the link by its target.",
        FileNotFoundException => "Check the path.",
        _ => ImageAdvice.For(error) ?? base.Advise(error),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
