using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Opens existing image layouts.</summary>
[Cmdlet(VerbsCommon.Get, "OciStore", DefaultParameterSetName = PathSet)]
[OutputType(typeof(OciStoreInfo))]
public sealed class GetOciStoreCommand : OciCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>The layout. Wildcards are permitted. Without it, the current directory.</summary>
    [Parameter(ParameterSetName = PathSet, Position = 0, ValueFromPipeline = true)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The layout. Wildcard characters are literal.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [PathTransformation]
    public string[]? LiteralPath { get; set; }

    /// <summary>Keeps changes in memory until Save-OciIndex writes them to index.json.</summary>
    [Parameter]
    public SwitchParameter ManualSave { get; set; }

    /// <summary>Makes deletions delete only the named content, not its referrers and the content that is dangling afterwards.</summary>
    [Parameter]
    public SwitchParameter NoAutoGC { get; set; }

    /// <summary>Skips flushing. This is faster, but a power loss may undo completed changes.</summary>
    [Parameter]
    public SwitchParameter NoFlush { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (LiteralPath is not null)
        {
            foreach (var typed in LiteralPath) Open(typed, () => [PathResolver.Literal(SessionState, typed)]);
        }
        else if (Path is not null)
        {
            foreach (var typed in Path) Open(typed, () => PathResolver.Wildcard(SessionState, typed));
        }
        else if (MyInvocation.ExpectingInput)
        {
            Try(null, () => throw new OciArgumentException("InvalidInput", "null was piped.", "Pipe paths or directories."));
        }
        else if (DefaultStore.FromLocation(SessionState) is { } current)
        {
            Open(current, () => [current]);
        }
        else
        {
            Terminate(new OciArgumentException("MissingPath", "No path is given, and the current directory is no image layout.", "Write Get-OciStore -Path ./layout."), null);
        }
    }

    private void Open(string typed, Func<IReadOnlyList<string>> paths) => Try(typed, () =>
    {
        var options = new OciStoreOptions { AutoSaveIndex = !ManualSave, AutoGC = !NoAutoGC, Flush = !NoFlush };
        // When a pattern matches several layouts, one that cannot be opened does not stop the others.
        foreach (var path in paths()) Try(typed, () => WriteObject(new OciStoreInfo(OciStore.Open(path, options, Cancellation))));
    });
}
