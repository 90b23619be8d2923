using System;
using System.Globalization;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Tags and digests that the engine parsed as numbers: <c>1.10</c>, <c>007</c>, <c>1234567</c>. The engine keeps the typed text only for a
/// single argument. In a list, a property or a pipeline, <c>1.10</c> has become 1.1, and the text is lost.
/// </summary>
internal static class NumberText
{
    public const string QuoteAdvice = "Write it in quotes, '1.10': PowerShell reads a bare one as a number, and drops its last zeros.";

    // Typed text cannot contain this decimal separator. A text that contains it was formatted from the number.
    private static readonly NumberFormatInfo MarkedFormat = new() { NumberDecimalSeparator = "\u0001" };

    /// <summary>Returns whether a value is a number.</summary>
    public static bool IsNumber(object? value) =>
        EngineObject.Base(value) is sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or System.Numerics.BigInteger;

    /// <summary>Returns the typed text of a number, or the digits of a whole number; null when the text is lost.</summary>
    /// <param name="value">The number, with the wrapper of the engine.</param>
    /// <param name="alone">Whether it is a single argument. The engine wraps it only when the typed text differs from the number.</param>
    public static string? Of(object value, bool alone)
    {
        if (value is not PSObject wrapped)
            return !alone && value is (float or double or decimal) ? null : ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);

        // Only the wrapper has the typed text. Without typed text it formats the number.
        var text = wrapped.ToString(null, MarkedFormat);
        return text.IndexOf('\u0001') < 0 ? text : null;
    }
}
