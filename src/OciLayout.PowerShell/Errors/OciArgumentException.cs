using System;

namespace OciLayout.PowerShell;

/// <summary>An argument, or something piped, that a cmdlet cannot use. <see cref="ErrorId"/> says how, as a stable name.</summary>
public sealed class OciArgumentException : ArgumentException
{
    internal OciArgumentException(string errorId, string message, string recommendedAction, Exception? innerException = null)
        : base(PrintableText.Escape(message), innerException)
    {
        ErrorId = errorId;
        RecommendedAction = PrintableText.Escape(recommendedAction);
    }

    /// <summary>The id of the error record.</summary>
    public string ErrorId { get; }

    /// <summary>What to write instead.</summary>
    public string RecommendedAction { get; }
}
