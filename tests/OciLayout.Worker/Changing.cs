using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.Worker;

/// <summary>
/// Changes a store at random from a seed. Values of the job: <c>ops</c> are the operations (repeated for weight), <c>name</c> is the prefix
/// of the tags, <c>count</c> is the number of permanent tags (0: changes until the input ends), <c>threads</c> is the number of threads on
/// one store object. With several threads each image is pushed in a batch, because garbage collection ignores the claims of its own
/// process, except those of operations in progress.
/// </summary>
internal sealed class Changing
{
    private readonly Wire _wire;
    private readonly OciStore _store;
    private readonly string _name;
    private readonly int _seed;
    private readonly Random _random;
    private readonly string[] _ops;
    private readonly int _slots;
    private readonly long _big;
    private readonly Dictionary<int, Descriptor> _tags = [];
    private readonly bool _together;
    private readonly string _elsewhere;
    private OciStore _into;
    private OciBatch? _batch;
    private int _made;
    private long _longest;

    private Changing(Wire wire, OciStore store, Job job, string name, int seed)
    {
        _wire = wire;
        _store = _into = store;
        _elsewhere = $"{job.Layout}.{name}-elsewhere";
        _name = name;
        _seed = seed;
        _random = new Random(seed);
        _ops = job["ops"].Split(',');
        _slots = job.Number("slots", 6);
        _together = job.Number("threads", 1) > 1;
        _big = job.Number("big", 24) * 1024L * 1024;
        foreach (var tag in store.GetTags())
        {
            if (tag.Tag!.StartsWith(name + "-", StringComparison.Ordinal)) _tags[int.Parse(tag.Tag[(name.Length + 1)..])] = tag.Descriptor!;
        }
    }

    public static void Run(Wire wire, Job job)
    {
        var store = job.Open();
        var threads = job.Number("threads", 1);
        Exception? failure = null;
        var longest = 0L;
        void Work(int number)
        {
            try
            {
                var changing = new Changing(wire, store, job, threads == 1 ? job["name"] : $"{job["name"]}.{number}", (job.Number("seed") * 100) + number);
                changing.Work(job.Number("count"), () => wire.Ended || Volatile.Read(ref failure) is not null);
                lock (wire) longest = Math.Max(longest, changing._longest);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        }

        var others = Enumerable.Range(1, threads - 1).Select(n => new Thread(() => Work(n))).ToList();
        others.ForEach(t => t.Start());
        Work(0);
        others.ForEach(t => t.Join());
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(failure).Throw();
        wire.Say($"longest {longest}");
    }

    private void Work(int count, Func<bool> isOver)
    {
        for (var i = 0; (count == 0 || i < count) && !isOver(); i++)
        {
            if (count > 0) Timed(() => Image(_slots + i, () => Layers(1)));
            if (count == 0 || _random.Next(2) == 0) Timed(() => Do(_ops[_random.Next(_ops.Length)]));
        }
    }

    private void Timed(Action change)
    {
        var clock = Stopwatch.StartNew();
        change();
        _longest = Math.Max(_longest, clock.ElapsedMilliseconds);
    }

    private void Do(string op)
    {
        switch (op)
        {
            case "blob":
                Blob(_random.Next(1, 3000));
                break;
            case "bigblob":
                Blob(Big());
                break;
            case "bulk":
                Bulk();
                break;
            case "image":
                Image(Slot(), () => Layers(_random.Next(1, 4)));
                break;
            case "bigimage":
                Image(Slot(), () => [Push(Big())]);
                break;
            case "move":
                Move();
                break;
            case "untag":
                Untag();
                break;
            case "delete":
                Delete();
                break;
            case "collect":
                _wire.Say("? collect");
                _wire.Say($"! collect {new OciGarbageCollector(_store).Run().RemovedCount}");
                break;
            case "save":
                Save();
                break;
            case "contest":
                Contest();
                break;
            case "copy":
                FromElsewhere(Copy);
                break;
            case "import":
                FromElsewhere(Import);
                break;
            default:
                throw new ArgumentException($"No such change: {op}");
        }
    }

    private int Slot() => _random.Next(_slots);

    private long Big() => _random.NextInt64(_big / 3, _big);

    private string TagName(int slot) => $"{_name}-{slot}";

    private Descriptor Push(long size) => Push(new PushRequest(), new Content.Noise(_random.Next(), size));

    private Descriptor Push(PushRequest request, Stream content)
    {
        if (_batch is null) return _into.Push(request, content).Descriptor;
        _batch.Stage(request, content);
        return _batch.Publish().Single().Descriptor;
    }

    private void InOne(Action change)
    {
        if (!_together || _batch is not null)
        {
            change();
            return;
        }

        using (_batch = _store.BeginBatch()) change();
        if (_batch.TakeErrors() is [var error, ..]) throw error;
        _batch = null;
    }

    private void Blob(long size) => _wire.Say($"! blob {Push(size).Digest}");

    // Pushes layers of its own and layers shared by all workers, which may already exist or have been deleted. Pushes them with and without
    // their digest, because the store then looks for existing content at different times.
    private List<Descriptor> Layers(int count)
    {
        var layers = new List<Descriptor>();
        for (var i = 0; i < count; i++)
        {
            if (_random.Next(2) == 0)
            {
                layers.Add(Push(_random.Next(1, 2000)));
                continue;
            }

            var bytes = Content.Text($"everybody's layer {_random.Next(12)}");
            var request = _random.Next(2) == 0 ? new PushRequest() : new PushRequest { Digest = Digest.Compute(bytes), Size = bytes.Length };
            layers.Add(Push(request, new MemoryStream(bytes)));
        }

        return layers;
    }

    private Descriptor Manifest(IReadOnlyList<Descriptor> layers, Descriptor? subject = null)
    {
        var config = Push(new PushRequest(), new MemoryStream(Content.Text("{}")));
        var bytes = Content.Image($"{_name} {_seed} {_made++}", config, layers, subject);
        return Push(new PushRequest { MediaType = Content.ImageType }, new MemoryStream(bytes));
    }

    private void Image(int slot, Func<IReadOnlyList<Descriptor>> layers) => InOne(() =>
    {
        var image = Manifest(layers());
        if (!_together) _wire.Say($"! listed {image.Digest}");
        Tag(image, slot);
        if (_random.Next(4) > 0) return;
        var referrer = Manifest(Layers(1), subject: image);
        if (!_together) _wire.Say($"! listed {referrer.Digest}");
    });

    private void Tag(Descriptor image, int slot)
    {
        _wire.Say($"? tag {TagName(slot)} {image.Digest}");
        _store.Tag(image, TagName(slot));
        _tags[slot] = image;
        _wire.Say($"! tag {TagName(slot)} {image.Digest}");
    }

    private int? Tagged()
    {
        var slots = _tags.Keys.Where(s => s < _slots).Order().ToList();
        return slots.Count == 0 ? null : slots[_random.Next(slots.Count)];
    }

    // Moves a tag to an image that has another tag, or to a new image. An image with two tags cannot be deleted by one of them.
    private void Move()
    {
        if (Tagged() is { } slot) Tag(_tags[slot], Slot());
        Image(Tagged() ?? 0, () => Layers(1));
    }

    private void Untag()
    {
        if (Tagged() is not { } slot) return;
        _wire.Say($"? drop {TagName(slot)}");
        _store.Untag(TagName(slot));
        _tags.Remove(slot);
        _wire.Say($"! drop {TagName(slot)}");
    }

    private void Delete()
    {
        if (Tagged() is not { } slot) return;
        var image = _tags[slot];
        _wire.Say($"? delete {TagName(slot)} {image.Digest}");
        try
        {
            new OciDeletion(_store).Run(new OciDeletion(_store).Plan(TagName(slot)));
        }
        catch (OciException e) when (e.Kind == OciErrorKind.ContentReferenced)
        {
            _wire.Say($"! refused {TagName(slot)}");
            return;
        }

        _tags.Remove(slot);
        _wire.Say($"! delete {TagName(slot)} {image.Digest}");
    }

    // Pushes many blobs in a batch. The commit at the end acknowledges all of them.
    private void Bulk()
    {
        using var batch = _batch = _store.BeginBatch();
        var count = _random.Next(20, 120);
        for (var i = 0; i < count; i++) batch.Stage(new PushRequest(), new Content.Noise(_random.Next(), _random.Next(1, 3000)));
        if (_random.Next(2) == 0) batch.Stage(new PushRequest(), new Content.Noise(_random.Next(), Big() / 4));
        var published = batch.Publish();
        var slot = Slot();
        var image = Manifest([.. published.Take(5).Select(p => p.Descriptor)]);
        _wire.Say($"? tag {TagName(slot)} {image.Digest}");
        batch.Store.Tag(image, TagName(slot));
        batch.Commit();
        _batch = null;
        _tags[slot] = image;
        _wire.Say($"! tag {TagName(slot)} {image.Digest}");
        foreach (var blob in published.Skip(5)) _wire.Say($"! blob {blob.Descriptor.Digest}");
    }

    // Requires a store that was opened with AutoSaveIndex off.
    private void Save()
    {
        for (var count = _random.Next(1, 6); count > 0; count--)
        {
            if (_random.Next(4) == 0 && Tagged() is { } old)
            {
                _wire.Say($"~ drop {TagName(old)}");
                _store.Untag(TagName(old));
                _tags.Remove(old);
                continue;
            }

            var slot = Slot();
            var image = Manifest(Layers(1));
            _wire.Say($"~ tag {TagName(slot)} {image.Digest}");
            _store.Tag(image, TagName(slot));
            _tags[slot] = image;
        }

        _wire.Say("? save");
        _store.SaveIndex();
        _wire.Say("! save");
    }

    // Moves a tag that all workers move. Its target must be complete at any time.
    private void Contest() => InOne(() =>
    {
        var image = Manifest(Layers(1));
        var tag = $"shared.{_random.Next(4)}";
        _wire.Say($"? contest {tag} {image.Digest}");
        _store.Tag(image, tag);
        _wire.Say($"! contest {tag} {image.Digest}");
    });

    // Brings an image from another layout. Its tag must not exist before all of its content does.
    private void FromElsewhere(Action<OciStore, Descriptor, string> bring)
    {
        if (Directory.Exists(_elsewhere)) Directory.Delete(_elsewhere, true);
        _into = OciStore.Create(_elsewhere, new OciStoreOptions { Flush = false });
        var (source, slot) = (_into, Slot());
        var image = Manifest([.. Layers(3), Push(Big() / 4)]);
        source.Tag(image, TagName(slot));
        _into = _store;
        _wire.Say($"? tag {TagName(slot)} {image.Digest}");
        bring(source, image, TagName(slot));
        _tags[slot] = image;
        _wire.Say($"! tag {TagName(slot)} {image.Digest}");
    }

    private void Copy(OciStore source, Descriptor image, string tag)
    {
        using var copy = new OciCopy(source, _store);
        copy.Run(copy.Plan([new CopyRoot(image, [tag])]));
    }

    private void Import(OciStore source, Descriptor image, string tag)
    {
        var archive = _elsewhere + ".tar";
        new OciExport(source).Run(new OciExport(source, new ExportOptions { References = [tag] }).Plan(), archive, replace: true);
        new OciImport(_store, new ImportOptions { ReplaceTags = true }).Run(archive);
    }
}
