using System;

namespace OciLayout.Registry;

/// <summary>The content that is sent could not be read. The network has not failed.</summary>
/// <param name="cause">The error of the content.</param>
internal sealed class RequestBodyException(Exception cause) : Exception(cause.Message, cause);
