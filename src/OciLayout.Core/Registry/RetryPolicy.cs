using System;
using System.Net;

namespace OciLayout.Registry;

/// <summary>Decides whether a request is sent again, and when.</summary>
internal static class RetryPolicy
{
    /// <summary>The largest number of attempts.</summary>
    public const int Attempts = 5;

    /// <summary>The largest number of attempts for a host that is not known, or that has not accepted any connection yet.</summary>
    public const int UnreachableAttempts = 2;

    private const double FirstDelay = 0.25;
    private const double LongestDelay = 30;

    /// <summary>Returns whether a status reports a problem that may be over soon.</summary>
    public static bool IsTemporary(HttpStatusCode status) => (int)status is 408 or 429 or 499 or 500 or 502 or 503 or 504 or 522;

    /// <summary>Returns the time to wait before the next attempt.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <param name="retryAfter">The wait that the server asks for; null if it does not.</param>
    /// <param name="random">A random number from 0 to 1, so that many clients do not continue at the same moment.</param>
    public static TimeSpan Delay(int attempt, TimeSpan? retryAfter, double random)
    {
        if (retryAfter is { } asked && asked >= TimeSpan.Zero) return asked + TimeSpan.FromSeconds(random);
        return TimeSpan.FromSeconds(Math.Min(LongestDelay, FirstDelay * Math.Pow(2, attempt)) * random);
    }
}
