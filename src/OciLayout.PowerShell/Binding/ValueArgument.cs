using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;

namespace OciLayout.PowerShell;

/// <summary>Content that was given as a value: a string, bytes, a single byte of many that are piped one by one, or a file.</summary>
[TypeConverter(typeof(ValueArgumentConverter))]
public sealed class ValueArgument
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ValueArgument(object? typed) => Typed = typed;

    /// <summary>What was typed or piped: the target of errors.</summary>
    internal object? Typed { get; }

    /// <summary>The content.</summary>
    internal byte[]? Bytes { get; private init; }

    /// <summary>One byte; those that follow each other are one content.</summary>
    internal byte? SingleByte { get; private init; }

    /// <summary>The path of the file that holds the content.</summary>
    internal string? FilePath { get; private init; }

    /// <summary>Why it cannot be used.</summary>
    internal OciArgumentException? Problem { get; private init; }

    internal static ValueArgument From(object? value)
    {
        var typed = Unwrap.Base(value);
        return typed switch
        {
            ValueArgument argument => argument,
            string text => FromText(text),
            byte single => new ValueArgument(single) { SingleByte = single },
            byte[] bytes => new ValueArgument(bytes) { Bytes = bytes },
            IEnumerable<byte> bytes => new ValueArgument(bytes) { Bytes = bytes.ToArray() },
            object[] { Length: > 0 } items when items.All(i => Unwrap.Base(i) is byte) =>
                new ValueArgument(items) { Bytes = items.Select(i => (byte)Unwrap.Base(i)!).ToArray() },
            FileInfo file => new ValueArgument(file) { FilePath = file.FullName },
            not null when Unwrap.Property(value!, "PSPath")?.ToString() is { Length: > 0 } path => new ValueArgument(value) { FilePath = path },
            _ => Refuse(typed, $"{Unwrap.TypeName(typed)} is no content: strings, bytes and files can be stored."),
        };
    }

    private static ValueArgument FromText(string text)
    {
        try
        {
            return new ValueArgument(text) { Bytes = StrictUtf8.GetBytes(text) };
        }
        catch (EncoderFallbackException)
        {
            return Refuse(text, "The string has half of a surrogate pair, which UTF-8 cannot hold.");
        }
    }

    private static ValueArgument Refuse(object? typed, string message) => new(typed)
    {
        Problem = new OciArgumentException("InvalidInput", message, "Convert it first, to text with ConvertTo-Json for one, or pipe files or bytes."),
    };

    /// <summary>What was given, as text.</summary>
    public override string ToString() => Typed?.ToString() ?? "";
}

/// <summary>Converts to <see cref="ValueArgument"/>.</summary>
public sealed class ValueArgumentConverter : ArgumentConverter<ValueArgument>
{
    /// <inheritdoc/>
    protected override ValueArgument Wrap(object? value) => ValueArgument.From(value);
}

/// <summary>
/// Makes a <see cref="ValueArgument"/> of whatever is given. Objects that say where they are (what Get-ChildItem emits) are left as they
/// are, so that the engine goes on and binds their path by name; strings never are, though Get-Content gives them a path, too.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValueTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var hasPath = Unwrap.Base(inputData) is not (null or string or byte or byte[]) && Unwrap.Property(inputData, "PSPath") is not null;
        return hasPath ? inputData : ValueArgument.From(inputData);
    }
}
