using System;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using OciLayout.Referrers;

namespace OciLayout.PowerShell;

/// <summary>Lists the tags of a store.</summary>
[Cmdlet(VerbsCommon.Get, "OciTag")]
[OutputType(typeof(OciTag), typeof(string))]
public sealed class GetOciTagCommand : OciWholeStoreCmdlet
{
    /// <summary>The tags to list. Wildcards are permitted, and case matters. Without it, all tags.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagPatternCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>Lists only the tags after this name in ordinal order.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? After { get; set; }

    /// <summary>Emits only the names. Content of a registry is then not looked up.</summary>
    [Parameter]
    public SwitchParameter NameOnly { get; set; }

    /// <summary>
    /// Lists also the tags under which tools keep lists of referrers and signatures in a registry, such as sha256-44136f. They are not content
    /// that a user tagged. In a layout, all tags are listed.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Reads the manifests and configurations, and adds Created, Platforms and TotalSize to each tag.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Name tags with -Tag, or leave it out to list all.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciPlaceInfo place)
    {
        if (NameOnly && Detailed) throw new OciArgumentException("ConflictingOutput", "-NameOnly and -Detailed exclude each other.", "Use one of them.");
        using var output = new TagOutput(this, Detailed);
        if (place is OciRepositoryInfo repository)
        {
            ProcessRepository(repository, output);
            output.Complete();
            return;
        }

        var store = Layout(place);
        var patterns = Tag is null ? null : new TagPatterns(Tag);
        foreach (var listing in store.Core.GetTags(After))
        {
            Cancellation.ThrowIfCancellationRequested();
            if (patterns?.Matches(listing.Tag!) == false) continue;
            if (NameOnly) WriteObject(listing.Tag);
            else if (listing.Descriptor is { } descriptor) output.Add(new OciTag(store, listing.Tag!, descriptor));
            else if (listing.Problem is { } problem) WriteProblem(problem, listing.Tag);
        }

        output.Complete();
        foreach (var name in patterns?.UnmatchedNames ?? [])
        {
            // A tag that -After leaves out may exist.
            if (After is null || string.CompareOrdinal(name, After) > 0)
                WriteProblem(TagPatterns.NotFound(name, store), name);
        }
    }

    private void ProcessRepository(OciRepositoryInfo repository, TagOutput output)
    {
        // A reference with a tag lists this tag.
        var own = (InputObject is null ? Store : InputObject.Store ?? StoreArgument.From(InputObject.Text))?.Registry?.Tag;
        if (own is not null && Tag is not null && !Tag.SequenceEqual([own]))
            throw new OciArgumentException("TwoReferences", $"'{own}' is part of the reference, and -Tag names others.", $"Leave out -Tag, or write {repository} without a tag.");
        var patterns = own is not null ? new TagPatterns([WildcardPattern.Escape(own)]) : Tag is null ? null : new TagPatterns(Tag);
        if (patterns is null || NameOnly || After is not null || patterns.HasWildcards) ListTags(repository, patterns, output);
        else foreach (var name in patterns.UnmatchedNames) Try(name, () => output.Add(new OciTag(repository, name, Await($"Resolving {name} in {repository}", () => repository.ResolveAsync(name, false, Cancellation)))));
    }

    private void ListTags(OciRepositoryInfo repository, TagPatterns? patterns, TagOutput output)
    {
        var names = TagNames(repository, After).Where(n => patterns?.Matches(n) != false).ToList();
        var hidden = Force ? 0 : names.RemoveAll(n => (FallbackTag.Is(n) || DigestTag.Is(n)) && patterns?.MeansDigestTag(n) != true);
        if (hidden > 0) WriteVerbose($"Did not list {Display.Count(hidden, "tag", "tags")} under which tools keep lists of referrers and signatures. -Force lists them.");
        if (NameOnly) WriteObject(names, enumerateCollection: true);
        else foreach (var (tag, descriptor) in RepositoryTags(repository, names)) output.Add(new OciTag(repository, tag, descriptor));
        foreach (var name in patterns?.UnmatchedNames.Where(n => After is null || string.CompareOrdinal(n, After) > 0) ?? [])
            WriteProblem(TagPatterns.NotFound(name, repository), name);
    }

    /// <summary>Starts to read what <c>-Detailed</c> adds.</summary>
    internal Task<ImageSummary> StartReading(OciTag tag) => Logged(() => Task.Run(() => OciImage.SummarizeAsync(tag.Store.Place, tag.Core, Cancellation)));

    /// <summary>Waits for the details, and emits the tag. A tag that cannot be read is emitted without details, after its error.</summary>
    internal void Emit(OciTag tag, Task<ImageSummary> reading)
    {
        Try(tag.Tag, () =>
        {
            var summary = Await($"Reading the tags of {tag.Store}", () => new ValueTask<ImageSummary>(reading));
            tag.Details = summary;
        });
        var detailed = PSObject.AsPSObject(tag);
        detailed.TypeNames.Insert(0, typeof(OciTag).FullName + "#Detailed"); // the name selects the view
        WriteObject(detailed);
    }
}
