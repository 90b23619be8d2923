using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Artifacts;
using OciLayout.Tests.Images;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Calls every public method, constructor and setter of the core with null for each reference that must not be null.</summary>
public sealed class NullArgumentTests : IDisposable
{
    private readonly TestLayout _layout = new();
    private readonly TemporaryDirectory _place = new();
    private readonly ImageLayout _images = new();
    private readonly OciRegistry _registry = new("localhost:1", new RegistryOptions { UseStoredCredentials = false });
    private readonly OciBatch _batch;
    private readonly Dictionary<Type, object> _samples;

    public NullArgumentTests()
    {
        var store = _layout.Store;
        var image = _layout.PushImage("image");
        store.Tag(image, "v1");
        _batch = store.BeginBatch();
        var copy = new OciCopy(store, OciStore.Create(_place["copy"]));
        CopyRoot[] roots = [new(image, "v1")];
        var container = OciImage.ReadAsync(_images.Layout.Store, _images.Push("linux/amd64", layers: [new ImageLayout.Layer(new Archive().File("a").ToTar())])).GetAwaiter().GetResult();
        object[] samples =
        [
            store, image, _batch, copy, roots, roots[0], "text", image.Digest, new MemoryStream(), new PushRequest(), store.Options, store.GetManifest(image), new Platform("linux", "amd64"),
            copy.Plan(roots), new OciDeletion(store), new OciDeletion(store).Plan("v1"), new OciGarbageCollector(store), new OciExport(store), new OciExport(store).Plan(),
            new OciImport(store), new OciExpansion(store), new OciExpansion(store).Plan(image), new OciVerification(_layout.Path), new OciRepair(_layout.Path), new OciRepair(_layout.Path).Plan(),
            new OciArtifactBuilder(_batch), new ArtifactOptions { ArtifactType = "a/b" }, new OciIndexBuilder(store), new ContentList(), new ContentNote(image.Digest), new LostTag("v1", image.Digest, image.Digest),
            new ExportOptions(), new RepairOptions(), new VerifyOptions(), new ImportOptions(), new CopyOptions(), new DeletionOptions(), new GarbageOptions(), new ExpandOptions(),
            _registry, _registry.GetRepository("team/app"), RegistryReference.Parse("oci://localhost:1/team/app:v1"), new RegistryOptions(), new RegistryCredential("user", "secret"),
            new OciSync(store), new SyncSource(store), new OciSync(store).PlanAsync([]).GetAwaiter().GetResult(), new SyncItem("source", "destination", "v1"),
            new RegistryFault("localhost:1", "GET /v2/", 404, null), new Progress<long>(), new ImageHistory(null, "step", null, null, false), new ImageSummary(null, [], 0), new ImageExpandOptions(),
            container, container.Layers[0], new OciImageFiles(container), new OciImageFiles(container).List().First(), new OciImageExpansion(container),
            new ImageSettings(), new LayerSource("path"), new OciImageBuilder(_batch), OciImageEdit.PlanAsync(_images.Layout.Store, container.Descriptor, new ImageSettings { Author = "a" }).GetAwaiter().GetResult(),
            new OciImageComparison(container, container), new OciImageComparison(container, container).Compare(includeEqual: true)[0],
            new IndexChanges(), OciIndexEdit.PlanAsync(_images.Layout.Store, _images.PushIndex(container.Descriptor), new IndexChanges()).GetAwaiter().GetResult(),
            new Dictionary<string, string>(), Array.Empty<string>(), Array.Empty<Digest>(), Array.Empty<OciStore>(), store.GetTags(),
        ];
        _samples = samples.GroupBy(s => s.GetType()).ToDictionary(g => g.Key, g => g.First());
    }

    public void Dispose()
    {
        _registry.Dispose();
        _batch.Dispose();
        _layout.Dispose();
        _images.Dispose();
        _place.Dispose();
    }

    [Fact]
    public void Null_argument_is_refused_by_its_name()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var (member, parameter) in Cases())
        {
            count++;
            if (Call(member, parameter) is { } failure) failures.Add($"{member.DeclaringType!.Name}.{member.Name}({parameter.Name}): {failure}");
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(count > 60, $"Only {count} parameters were tried.");
    }

    // An exception accepts any message, because a failure to create it would hide the error that it reports.
    private static IEnumerable<(MethodBase Member, ParameterInfo Parameter)> Cases() =>
        from type in typeof(OciStore).Assembly.GetExportedTypes()
        where type != typeof(OciException) && !typeof(Delegate).IsAssignableFrom(type)
        from member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).OfType<MethodBase>()
        from parameter in member.GetParameters()
        where !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsByRef && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.NotNull
        select (member, parameter);

    private string? Call(MethodBase member, ParameterInfo parameter)
    {
        var arguments = member.GetParameters().Select(p => p.Position == parameter.Position ? null : p.IsOut ? null : p.HasDefaultValue ? Default(p) : Sample(p.ParameterType)).ToArray();
        try
        {
            if (member is ConstructorInfo constructor) constructor.Invoke(arguments);
            else if (member.Invoke(member.IsStatic ? null : Sample(member.DeclaringType!), arguments) is Task task) task.GetAwaiter().GetResult();
            return "nothing was thrown";
        }
        catch (Exception e) when (e is ArgumentNullException or OciException)
        {
            return null;
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentNullException or OciException)
        {
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!.GetType().Name;
        }
    }

    private static object? Default(ParameterInfo parameter) =>
        parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null);

    private object Sample(Type type) =>
        _samples.TryGetValue(type, out var sample) ? sample
        : _samples.Values.FirstOrDefault(type.IsInstanceOfType)
        ?? (type.IsValueType ? Activator.CreateInstance(type)! : throw new InvalidOperationException($"A sample of {type} is missing."));
}
