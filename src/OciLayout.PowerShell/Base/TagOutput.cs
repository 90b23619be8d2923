using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Emits tags in their order. With details, it reads several tags at the same time.</summary>
internal sealed class TagOutput(GetOciTagCommand cmdlet, bool isDetailed) : IDisposable
{
    private const int Readers = 8;

    private readonly Queue<TagReading> _running = new();

    public void Add(OciTag tag)
    {
        if (!isDetailed)
        {
            cmdlet.WriteObject(tag);
            return;
        }

        _running.Enqueue(new TagReading(tag, cmdlet.StartReading(tag)));
        if (_running.Count >= Readers) EmitNext();
    }

    /// <summary>Emits the tags that are still being read.</summary>
    public void Complete()
    {
        while (_running.Count > 0) EmitNext();
    }

    // When the pipeline ends early, the other tags are not needed.
    public void Dispose()
    {
        foreach (var running in _running) _ = running.Reading.ContinueWith(t => _ = t.Exception, TaskScheduler.Default);
    }

    private void EmitNext()
    {
        var (tag, reading) = _running.Dequeue();
        cmdlet.Emit(tag, reading);
    }

    // A reference type, because collections over it come precompiled with .NET.
    private sealed record TagReading(OciTag Tag, Task<ImageSummary> Reading);
}
