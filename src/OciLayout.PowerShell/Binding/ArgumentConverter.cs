using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Makes a wrapper type convertible by itself. Functions that stand in for a cmdlet (Pester's mocks, proxy functions) take over
/// the types of its parameters, but not our transformations.
/// </summary>
/// <typeparam name="T">The wrapper type.</typeparam>
public abstract class ArgumentConverter<T> : PSTypeConverter
{
    /// <summary>Makes the wrapper; it holds what is wrong with a value, for the cmdlet to say.</summary>
    protected abstract T Wrap(object? value);

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => destinationType == typeof(T);

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        Wrap(sourceValue)!;

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new NotSupportedException();
}
