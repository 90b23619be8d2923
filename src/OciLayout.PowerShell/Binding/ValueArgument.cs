using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.PowerShell;

/// <summary>Content that was given as a value: a string, bytes, one of many single bytes, or a file.</summary>
[TypeConverter(typeof(ValueArgumentConverter))]
public sealed class ValueArgument
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ValueArgument(object? typed) => Typed = typed;

    /// <summary>The object that was typed or piped; the target object of errors.</summary>
    internal object? Typed { get; }

    /// <summary>The content.</summary>
    internal byte[]? Bytes { get; private init; }

    /// <summary>A single byte. Successive single bytes are one content.</summary>
    internal byte? SingleByte { get; private init; }

    /// <summary>The path of the file that holds the content.</summary>
    internal string? FilePath { get; private init; }

    /// <summary>A hashtable or a custom object. Only a manifest can be written as one.</summary>
    internal object? Document { get; private init; }

    /// <summary>The reason why the argument cannot be used; null when it can.</summary>
    internal OciArgumentException? Problem { get; private init; }

    internal static ValueArgument From(object? value)
    {
        var typed = EngineObject.Base(value);
        return typed switch
        {
            ValueArgument argument => argument,
            string text => FromText(text),
            byte single => new ValueArgument(single) { SingleByte = single },
            byte[] bytes => new ValueArgument(bytes) { Bytes = bytes },
            IEnumerable<byte> bytes => new ValueArgument(bytes) { Bytes = bytes.ToArray() },
            object[] { Length: > 0 } items when items.All(i => EngineObject.Base(i) is byte) =>
                new ValueArgument(items) { Bytes = items.Select(i => (byte)EngineObject.Base(i)!).ToArray() },
            FileInfo file => new ValueArgument(file) { FilePath = file.FullName },
            not null when EngineObject.Property(value!, "PSPath")?.ToString() is { Length: > 0 } path => new ValueArgument(value) { FilePath = path },
            _ when DocumentValue.IsDocument(value) => new ValueArgument(value) { Document = value },
            _ => new ValueArgument(typed) { Problem = NotStorable(typed) },
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

    /// <summary>Returns the error for an object that cannot be stored.</summary>
    internal static OciArgumentException NotStorable(object? typed) => Invalid($"{EngineObject.TypeName(typed)} cannot be stored. Strings, bytes and files can be stored.");

    private static ValueArgument Refuse(object? typed, string message) => new(typed) { Problem = Invalid(message) };

    private static OciArgumentException Invalid(string message) =>
        new("InvalidInput", message, "Convert it first, to text with ConvertTo-Json for one, or pipe files or bytes.");

    /// <summary>Returns the argument as text.</summary>
    public override string ToString() => Typed?.ToString() ?? "";
}
