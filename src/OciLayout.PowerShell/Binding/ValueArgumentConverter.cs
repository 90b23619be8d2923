namespace OciLayout.PowerShell;

/// <summary>Converts to <see cref="ValueArgument"/>.</summary>
public sealed class ValueArgumentConverter : ArgumentConverter<ValueArgument>
{
    /// <inheritdoc/>
    protected override ValueArgument Wrap(object? value) => ValueArgument.From(value);
}
