using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts arguments to a wrapper type. Functions that replace a cmdlet (Pester mocks, proxy functions) copy the types of its parameters
/// but not their transformation attributes, so the types have to be convertible without them.
/// </summary>
/// <typeparam name="T">The wrapper type.</typeparam>
public abstract class ArgumentConverter<T> : PSTypeConverter
{
    /// <summary>Creates the wrapper. An invalid value is recorded in the wrapper, and the cmdlet reports it.</summary>
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
