using System;
using System.Text.Json;

namespace OciLayout.Registry;

/// <summary>The body of an answer that reports an error (distribution-spec, "Error Codes").</summary>
/// <param name="Code">The code; null if there is none.</param>
/// <param name="Message">The message; null if there is none.</param>
internal sealed record ErrorBody(string? Code, string? Message)
{
    /// <summary>An answer without a code and a message.</summary>
    public static ErrorBody Empty { get; } = new(null, null);

    /// <summary>Reads <c>{"errors":[{"code":"…","message":"…"}]}</c>. Any other body is legal, and is empty.</summary>
    /// <param name="bytes">The beginning of the body.</param>
    /// <param name="hide">Removes secrets from a text. It is called after JSON escapes were decoded.</param>
    public static ErrorBody Parse(byte[] bytes, Func<string, string> hide)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return Empty;
            if (root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0) root = errors[0];
            return root.ValueKind == JsonValueKind.Object ? new ErrorBody(Text(root, "code"), Text(root, "message") ?? Text(root, "details")) : Empty;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Empty; // not JSON, or a string that is not Unicode
        }

        string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? hide(value.GetString()!) : null;
    }
}
