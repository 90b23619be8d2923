using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The faults that a test server still has to show. Thread-safe.</summary>
internal sealed class FaultList
{
    private readonly List<(string Method, string Path, Answer Answer, int Left)> _faults = [];

    /// <summary>Adds a fault. The first one that matches a request is used, as often as it is given.</summary>
    /// <param name="method">The method; empty for any.</param>
    /// <param name="path">Text that the path contains.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="times">The number of requests that get the answer.</param>
    public void Add(string method, string path, Answer answer, int times = 1)
    {
        lock (_faults) _faults.Add((method, path, answer, times));
    }

    /// <summary>Adds a fault that never ends.</summary>
    public void Always(string method, string path, Answer answer) => Add(method, path, answer, int.MaxValue);

    /// <summary>Removes all faults.</summary>
    public void Clear()
    {
        lock (_faults) _faults.Clear();
    }

    /// <summary>Answers a request.</summary>
    public Task AnswerAsync(HttpContext context, Func<Task> next) => Take(context.Request) is { } answer ? answer(context, next) : next();

    private Answer? Take(HttpRequest request)
    {
        lock (_faults)
        {
            for (var i = 0; i < _faults.Count; i++)
            {
                var (method, path, answer, left) = _faults[i];
                if (left == 0 || (method.Length > 0 && method != request.Method) || !request.Path.Value!.Contains(path, StringComparison.Ordinal)) continue;
                if (left != int.MaxValue) _faults[i] = (method, path, answer, left - 1);
                return answer;
            }
        }

        return null;
    }
}
