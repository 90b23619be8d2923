using System;
using System.IO;
using System.Management.Automation;
using System.Text;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Reads content, verified against its digest: as bytes, text, a stream, or into a file.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciBlob", SupportsShouldProcess = true)]
[OutputType(typeof(byte[]), typeof(string), typeof(Stream), typeof(FileInfo))]
public sealed class GetOciBlobCommand : OciReferenceCmdlet
{
    /// <summary>More than this does not belong into one array: 512 MiB.</summary>
    private const long MemoryLimit = 512L * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file to write, whole or not at all. One that is there is kept without -Force. Directories are not created.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? OutFile { get; set; }

    /// <summary>Emits the content as text; it has to be UTF-8.</summary>
    [Parameter]
    public SwitchParameter AsString { get; set; }

    /// <summary>Emits a stream, to be closed by the caller. It fails at the end when the content is not what its digest says.</summary>
    [Parameter]
    public SwitchParameter AsStream { get; set; }

    /// <summary>Replaces the file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.SizeLimitExceeded } => "Use -OutFile to write it to a file, or -AsStream to read it piecewise.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciStore store, ItemArgument item)
    {
        if ((AsString ? 1 : 0) + (AsStream ? 1 : 0) + (OutFile is null ? 0 : 1) > 1)
        {
            Terminate(
                new OciArgumentException("ConflictingOutput", "-AsString, -AsStream and -OutFile exclude each other.", "Use one of them."),
                item.Typed);
        }

        var descriptor = item.Resolve(store, allowBarePrefix: true, Cancellation);
        if (OutFile is not null) WriteFile(store, descriptor, OutFile);
        else if (AsStream) WriteObject(store.Core.Fetch(descriptor, Cancellation));
        else if (AsString) WriteObject(Decode(descriptor, Read(store, descriptor)));
        else WriteObject(Read(store, descriptor), enumerateCollection: false);
    }

    private byte[] Read(OciStore store, Descriptor descriptor) => Run(
        $"Reading {Display.Digest(descriptor.Digest)}",
        () => store.Core.ReadAll(descriptor, MemoryLimit, Cancellation),
        () => new WorkStatus(Display.Size(descriptor.Size)));

    private void WriteFile(OciStore store, Descriptor descriptor, string typed)
    {
        var path = PathResolver.Literal(SessionState, typed);
        OutputFile.CheckTarget(path, Force);
        if (!ShouldProcess(path, $"Write {descriptor.Digest} ({Display.Size(descriptor.Size)})")) return;
        var copied = 0L;
        Run(
            $"Writing {path}",
            () =>
            {
                store.Core.FetchToFile(descriptor, path, Force, count => Volatile.Write(ref copied, count), Cancellation);
                return true;
            },
            () => WorkStatus.OfBytes(Display.Digest(descriptor.Digest), Volatile.Read(ref copied), descriptor.Size));
        WriteFile(path);
    }

    private static string Decode(Descriptor descriptor, byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new OciArgumentException("NotText", $"{descriptor.Digest} is not UTF-8 text.", "Leave out -AsString to get the bytes, or use -OutFile.", e);
        }
    }
}
