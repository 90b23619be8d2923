using System;
using System.Globalization;
using System.IO;
using System.Text;
using OciLayout.Model;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>The operations of another user on a shared store. <see cref="SharedStoreTests"/> runs them in a process of that user.</summary>
public sealed class SharedStoreUser
{
    public const string Root = "OCILAYOUT_SHARED_ROOT";
    public const string Collected = "OCILAYOUT_SHARED_COLLECTED";
    public const string Name = "OCILAYOUT_SHARED_NAME";

    /// <summary>Changes the store.</summary>
    [Fact(Explicit = true)]
    public void Writer()
    {
        string root = Environment.GetEnvironmentVariable(Root)!;
        OciStore store = OciStore.Create(root);
        Push(store, Environment.GetEnvironmentVariable(Name)!);
        store.Push(new PushRequest(), new MemoryStream(Guid.NewGuid().ToByteArray()));
        store.State.Dispose();
        Assert.Equal(Environment.GetEnvironmentVariable(Collected), OciStore.Open(root).Collect().RemovedCount.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads the store, and cannot change it.</summary>
    [Fact(Explicit = true)]
    public void Reader()
    {
        OciStore store = OciStore.Open(Environment.GetEnvironmentVariable(Root)!);
        Descriptor image = store.Resolve(Environment.GetEnvironmentVariable(Name)!);
        Assert.NotEmpty(store.Walk(image));
        store.PlanGarbage();
        Assert.Equal(OciErrorKind.ReadOnlyStore, Assert.Throws<OciException>(() => store.Tag(image, "mine")).Kind);
        Assert.Equal(OciErrorKind.ReadOnlyStore, Assert.Throws<OciException>(() => store.Collect()).Kind);
    }

    internal static void Push(OciStore store, string name)
    {
        Descriptor config = store.Push(new PushRequest { MediaType = MediaTypes.Empty }, new MemoryStream("{}"u8.ToArray())).Descriptor;
        string text = $$$"""{"schemaVersion":2,"config":{{{Encoding.UTF8.GetString(DescriptorJson.Write(config))}}},"layers":[],"annotations":{"name":"{{{name}}}"}}""";
        store.Tag(store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(Encoding.UTF8.GetBytes(text))).Descriptor, name);
    }
}
