using System;

namespace OciLayout.PowerShell;

/// <summary>An argument or a piped object that a cmdlet cannot use. <see cref="ErrorId"/> is a stable name of the reason.</summary>
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

    /// <summary>The next step for the user.</summary>
    public string RecommendedAction { get; }
}
