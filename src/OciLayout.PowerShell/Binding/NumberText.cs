using System;
using System.Globalization;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Tags and digests that the engine took for numbers: <c>1.10</c>, <c>007</c>, <c>1234567</c>. It keeps what was typed only for an argument
/// by itself; in a list, a property or a pipeline <c>1.10</c> has become 1.1, and nobody can tell.
/// </summary>
internal static class NumberText
{
    public const string Lost = "Write it in quotes, '1.10': PowerShell reads a bare one as a number, and drops its last zeros.";

    // No typed text has this separator, and no formatted fraction another one.
    private static readonly NumberFormatInfo Telltale = new() { NumberDecimalSeparator = "\u0001" };

    /// <summary>Whether a value is a number.</summary>
    public static bool IsNumber(object? value) =>
        Unwrap.Base(value) is sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or System.Numerics.BigInteger;

    /// <summary>The text that stands for a number: as it was typed, or that of a whole number; null when it is lost.</summary>
    /// <param name="value">The number, with the wrapper that the engine gave it.</param>
    /// <param name="alone">Whether it is an argument by itself, which comes without a wrapper when that says no more than the number.</param>
    public static string? Of(object value, bool alone)
    {
        if (value is not PSObject wrapped)
            return !alone && value is (float or double or decimal) ? null : ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);

        // Only the wrapper knows what was typed; it formats the number when it does not.
        var text = wrapped.ToString(null, Telltale);
        return text.IndexOf('\u0001') < 0 ? text : null;
    }
}
