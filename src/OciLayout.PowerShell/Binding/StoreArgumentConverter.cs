namespace OciLayout.PowerShell;

/// <summary>Converts to <see cref="StoreArgument"/>.</summary>
public sealed class StoreArgumentConverter : ArgumentConverter<StoreArgument>
{
    /// <inheritdoc/>
    protected override StoreArgument Wrap(object? value) => StoreArgument.From(value);
}
