namespace OciLayout.PowerShell;

/// <summary>Converts to <see cref="ItemArgument"/>.</summary>
public sealed class ItemArgumentConverter : ArgumentConverter<ItemArgument>
{
    /// <inheritdoc/>
    protected override ItemArgument Wrap(object? value) => ItemArgument.From(value);
}
