using System;
using System.IO;

namespace OciLayout.Registry;

/// <summary>A failure of the network that another attempt may not have.</summary>
/// <param name="problem">The problem, for a message.</param>
/// <param name="cause">The cause.</param>
internal sealed class TransientException(string problem, Exception? cause = null) : IOException(problem, cause)
{
    /// <summary>Whether the host name could not be resolved, so that further attempts are unlikely to help.</summary>
    public bool IsUnknownHost { get; init; }

    /// <summary>Whether no connection could be established: the port is closed, or the host has no route.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The wait that a server asks for; null if it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether no HTTPS connection could be established, although the host was reached.</summary>
    public bool IsNotHttps { get; init; }
}
