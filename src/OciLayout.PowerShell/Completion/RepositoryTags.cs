using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Referrers;

namespace OciLayout.PowerShell;

/// <summary>
/// The tags of repositories for completion. The user waits, so a registry has little time to answer. Answers are kept for a short time.
/// Thread-safe.
/// </summary>
internal static class RepositoryTags
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);

    // Settings of Connect-OciRegistry replace the object of a repository, and thus its answer.
    private static readonly ConditionalWeakTable<OciRepository, Answer> Known = new();

    /// <summary>Returns the tags that begin with a text; empty when the registry does not answer in time.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="start">The text. Tags of lists of referrers and of signatures are returned only if it is not empty.</param>
    public static IEnumerable<string> Of(OciRepositoryInfo repository, string start) => All(repository)
        .Where(tag => start.Length == 0 ? !FallbackTag.Is(tag) && !DigestTag.Is(tag) : tag.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static IReadOnlyList<string> All(OciRepositoryInfo repository)
    {
        var core = repository.Core;
        if (Known.TryGetValue(core, out var known) && known.Until > DateTime.UtcNow) return known.Tags;
        using var limit = new CancellationTokenSource(TimeLimit);
        var stop = limit.Token;
        var tags = Task.Run(() => core.GetTagsQuietlyAsync(stop), stop); // on .NET Framework, some steps cannot be cancelled
        if (!tags.Wait(TimeLimit))
        {
            limit.Cancel();
            return [];
        }

        lock (Known)
        {
            Known.Remove(core);
            Known.Add(core, new Answer(tags.Result, DateTime.UtcNow + KnownFor));
        }

        return tags.Result;
    }

    private sealed class Answer(IReadOnlyList<string> tags, DateTime until)
    {
        public IReadOnlyList<string> Tags => tags;

        public DateTime Until => until;
    }
}
