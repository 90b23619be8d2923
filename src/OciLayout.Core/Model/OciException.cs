using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>An error of OciLayout: its kind, the affected object, and the expected and actual values.</summary>
public sealed class OciException : Exception
{
    /// <summary>Creates an exception with its facts.</summary>
    /// <param name="kind">The kind of the error.</param>
    /// <param name="message">One or two sentences for a person, naming the file or reference. Characters that are not printable are
    /// escaped.</param>
    /// <param name="subject">The affected digest, reference or path.</param>
    /// <param name="innerException">The cause.</param>
    public OciException(OciErrorKind kind, string message, string? subject = null, Exception? innerException = null)
        : base(PrintableText.Escape(message), innerException)
    {
        Kind = kind;
        Subject = subject;
    }

    /// <summary>The kind of the error.</summary>
    public OciErrorKind Kind { get; }

    /// <summary>The affected digest, reference or path.</summary>
    public string? Subject { get; }

    /// <summary>The expected value; null if it is not known.</summary>
    public string? Expected { get; init; }

    /// <summary>The actual value.</summary>
    public string? Actual { get; init; }

    /// <summary>Related names: the candidates of an ambiguous prefix, or the tags and manifests that reference the content.</summary>
    public IReadOnlyList<string> Related { get; init => field = Guard.NotNull(value); } = Array.Empty<string>();

    /// <summary>The facts of the request that failed; null if no registry was involved.</summary>
    public RegistryFault? Registry { get; init; }
}
