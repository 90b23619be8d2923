using System;
using System.Collections.Generic;
using System.IO;

namespace OciLayout.Worker;

/// <summary>Performs one step for each input line, and writes one line when the step is complete.</summary>
internal sealed class Stepping
{
    private readonly Wire _wire;
    private readonly OciStore _store;
    private readonly List<Descriptor> _layers = [];
    private Descriptor? _config;
    private Descriptor? _image;

    public Stepping(Wire wire, Job job)
    {
        _wire = wire;
        _store = job.Open();
        wire.Say("open");
    }

    public void Run()
    {
        while (_wire.Next() is { } line)
        {
            var words = line.Split('\t');
            try
            {
                _wire.Say(Do(words[0], words.Length > 1 ? words[1] : ""));
            }
            catch (OciException e)
            {
                _wire.Say($"refused {e.Kind} {e.Subject}");
            }
        }
    }

    /// <summary>Collects garbage repeatedly until the input ends, and writes a line for each run.</summary>
    public static void CollectUntilTold(Wire wire, Job job)
    {
        var store = job.Open();
        for (var run = 1; !wire.Ended; run++) wire.Say($"collected {run} {new OciGarbageCollector(store).Run().RemovedCount}");
    }

    private string Do(string step, string text)
    {
        switch (step)
        {
            case "config":
                _config = Push(new PushRequest(), text);
                return $"pushed {_config.Digest}";
            case "layer":
                _layers.Add(Push(new PushRequest(), text));
                return $"pushed {_layers[^1].Digest}";
            case "reuse":
                var bytes = Content.Text(text);
                _layers.Add(Push(new PushRequest { Digest = Digest.Compute(bytes), Size = bytes.Length }, text));
                return $"pushed {_layers[^1].Digest}";
            case "slow":
                _layers.Add(_store.Push(new PushRequest(), new Content.Noise(text.Length, 1 << 20, StopHalfWay())).Descriptor);
                return $"pushed {_layers[^1].Digest}";
            case "manifest":
                var manifest = Content.Image(text, _config!, _layers);
                _image = _store.Push(new PushRequest { MediaType = Content.ImageType }, new MemoryStream(manifest)).Descriptor;
                return $"pushed {_image.Digest}";
            case "tag":
                _store.Tag(_image!, text);
                _layers.Clear();
                return $"tagged {text} {_image!.Digest}";
            case "untag":
                _store.Untag(text);
                return "untagged";
            case "delete":
                return $"deleted {new OciDeletion(_store).Run(new OciDeletion(_store).Plan(text)).Count}";
            case "collect":
                return $"collected {new OciGarbageCollector(_store).Run().RemovedCount}";
            case "read":
                return Read(Digest.Parse(text));
            default:
                throw new ArgumentException($"No such step: {step}");
        }
    }

    private Descriptor Push(PushRequest request, string text) => _store.Push(request, new MemoryStream(Content.Text(text))).Descriptor;

    private Action<long> StopHalfWay()
    {
        var stopped = false;
        return position =>
        {
            if (stopped || position < 1 << 19) return;
            stopped = true;
            _wire.Say("half");
            _wire.Next();
        };
    }

    // Reads one half, waits for a line, and reads the other half, so that the file is open while other processes work.
    private string Read(Digest digest)
    {
        using var content = _store.Fetch(_store.Resolve(digest.ToString()));
        var buffer = new byte[content.Length];
        var done = content.Read(buffer, 0, buffer.Length / 2);
        _wire.Say("half");
        _wire.Next();
        for (int read; (read = content.Read(buffer, done, buffer.Length - done)) > 0;) done += read;
        return $"read {Digest.Compute(buffer.AsSpan(0, done))}";
    }
}
