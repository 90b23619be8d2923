using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Forgets the settings and tokens of a registry in this process.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "OciRegistry")]
public sealed class DisconnectOciRegistryCommand : OciCmdlet
{
    /// <summary>The host, or the host and the prefix, as they were given to Connect-OciRegistry.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string Registry { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(Registry, () =>
    {
        var prefix = RegistryPrefix.Parse(Registry);
        if (!Registries.Disconnect(prefix)) WriteVerbose($"This process has no settings for {prefix}.");
    });

    private protected override string? Advise(System.Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.InvalidReference or OciErrorKind.MissingReference } => "Write the host as in Disconnect-OciRegistry ghcr.io.",
        _ => base.Advise(error),
    };
}
