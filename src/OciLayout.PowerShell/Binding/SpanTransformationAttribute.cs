using System;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Parses time spans with a unit (<c>30m</c>, <c>1h</c>, <c>7d</c>, <c>2w</c>) and in the format of the engine (<c>01:00:00</c>). A number
/// without a unit is refused, because the engine would read it as ticks of 100 nanoseconds.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SpanTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly Dictionary<char, TimeSpan> Units = new()
    {
        ['s'] = TimeSpan.FromSeconds(1),
        ['m'] = TimeSpan.FromMinutes(1),
        ['h'] = TimeSpan.FromHours(1),
        ['d'] = TimeSpan.FromDays(1),
        ['w'] = TimeSpan.FromDays(7),
    };

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // The engine parses an unquoted 7d as the decimal number 7, and keeps the typed text in its wrapper.
        var text = NumberText.IsNumber(inputData) ? NumberText.Of(inputData, alone: true) : EngineObject.Base(inputData) as string;
        if (text is null) return NumberText.IsNumber(inputData) ? throw NoUnit(inputData) : inputData;
        text = text.Trim();
        if (text.Length > 1 && Units.TryGetValue(char.ToLowerInvariant(text[text.Length - 1]), out var unit)
            && double.TryParse(text.Substring(0, text.Length - 1), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            var ticks = count * unit.Ticks;
            return Math.Abs(ticks) < TimeSpan.MaxValue.Ticks
                ? TimeSpan.FromTicks((long)ticks)
                : throw new ArgumentTransformationMetadataException($"'{text}' is longer than a time span can be.");
        }

        return NumberText.IsNumber(inputData) || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? throw NoUnit(text) : inputData;
    }

    private static ArgumentTransformationMetadataException NoUnit(object value) =>
        new($"The time span '{value}' has no unit. Write 1h for an hour, 7d for seven days, or '01:30:00'.");
}
