namespace OciLayout.PowerShell;

/// <summary>Converts to <see cref="SyncSourceArgument"/>.</summary>
public sealed class SyncSourceArgumentConverter : ArgumentConverter<SyncSourceArgument>
{
    /// <inheritdoc/>
    protected override SyncSourceArgument Wrap(object? value) => SyncSourceArgument.From(value);
}
