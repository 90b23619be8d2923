using System;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Reads content and verifies its digest. The result is bytes, text, a stream, or a file.</summary>
[Cmdlet(VerbsCommon.Get, "OciBlob", SupportsShouldProcess = true)]
[OutputType(typeof(byte[]), typeof(string), typeof(Stream), typeof(FileInfo))]
public sealed class GetOciBlobCommand : OciReferenceCmdlet
{
    /// <summary>The largest content that is returned as one array: 512 MiB.</summary>
    private const long MemoryLimit = 512L * 1024 * 1024;

    /// <summary>
    /// The file to write, completely or not at all. An existing file is replaced only with -Force. Directories are not created.
    /// </summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? OutFile { get; set; }

    /// <summary>Emits the content as text. It has to be UTF-8.</summary>
    [Parameter]
    public SwitchParameter AsString { get; set; }

    /// <summary>Emits a stream, which the caller has to close. The last read throws when the content does not match its digest.</summary>
    [Parameter]
    public SwitchParameter AsStream { get; set; }

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.SizeLimitExceeded } => "Use -OutFile to write it to a file, or -AsStream to read it piecewise.",
        _ => base.Advise(error),
    };

    private protected override string? ThirdParameter => nameof(OutFile);

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if ((AsString ? 1 : 0) + (AsStream ? 1 : 0) + (OutFile is null ? 0 : 1) > 1)
        {
            Terminate(
                new OciArgumentException("ConflictingOutput", "-AsString, -AsStream and -OutFile exclude each other.", "Use one of them."),
                item.Typed);
        }

        var descriptor = Resolve(store, item, allowBarePrefix: true);
        if (OutFile is not null) WriteFile(store, descriptor, OutFile);
        else if (AsStream) WriteObject(Await($"Opening {Display.Digest(descriptor.Digest)}", () => store.FetchAsync(descriptor, Cancellation)));
        else if (AsString) WriteObject(ContentText.Decode(descriptor.Digest.ToString(), Read(store, descriptor), "Leave out -AsString to get the bytes, or use -OutFile."));
        else WriteObject(Read(store, descriptor), enumerateCollection: false);
    }

    private byte[] Read(OciPlaceInfo store, Descriptor descriptor) => Run(
        $"Reading {Display.Digest(descriptor.Digest)}",
        () => store.ReadAll(descriptor, MemoryLimit, Cancellation),
        () => new WorkStatus(Display.Size(descriptor.Size)));

    private void WriteFile(OciPlaceInfo store, Descriptor descriptor, string typed)
    {
        var path = PathResolver.Literal(SessionState, typed);
        OutputFile.CheckTarget(path, Force);
        if (!ShouldProcess(path, $"Write {descriptor.Digest} ({Display.Size(descriptor.Size)})")) return;
        var copied = new LastReport<long>();
        Run(
            $"Writing {path}",
            () => store.FetchToFile(descriptor, path, Force, copied, Cancellation),
            () => WorkStatus.OfBytes(Display.Digest(descriptor.Digest), copied.Value, descriptor.Size));
        WriteFile(path);
    }
}
