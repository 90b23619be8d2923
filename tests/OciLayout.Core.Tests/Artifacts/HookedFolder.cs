using System;
using System.Collections.Generic;
using System.IO;
using OciLayout.Files;

namespace OciLayout.Tests.Artifacts;

/// <summary>A folder that calls a hook before each operation. The hook can fail, stop the expansion, or act as another user.</summary>
internal sealed class HookedFolder(IFolder inner, Action<string> before) : IFolder
{
    public string Path => inner.Path;

    public FileStatus? Stat(string name) => Do(nameof(Stat), () => inner.Stat(name));

    public IReadOnlyList<(string Name, bool IsDirectory)> List(string name) => Do(nameof(List), () => inner.List(name));

    public IFolder Open(string name, string? path = null) => Do(nameof(Open), () => new HookedFolder(inner.Open(name, path), before));

    public IFolder CreatePrivate(string name) => Do(nameof(CreatePrivate), () => new HookedFolder(inner.CreatePrivate(name), before));

    public void CreateDirectory(string name) => Do(nameof(CreateDirectory), () => inner.CreateDirectory(name));

    public void WriteFile(string name, int mode, Action<Stream> write) => Do(nameof(WriteFile), () => inner.WriteFile(name, mode, file =>
    {
        before("Write");
        write(file);
    }));

    public bool TryWriteFile(string name, EntryAttributes attributes, Action<Stream> write) => Do(nameof(TryWriteFile), () => inner.TryWriteFile(name, attributes, file =>
    {
        before("Write");
        write(file);
    }));

    public void CreateLink(string name, string target, bool toDirectory) => Do(nameof(CreateLink), () => inner.CreateLink(name, target, toDirectory));

    public IDisposable? TryLock(string name) => Do(nameof(TryLock), () => inner.TryLock(name));

    public bool TryLink(string name, IFolder target, string targetName) => Do(nameof(TryLink), () => inner.TryLink(name, Inner(target), targetName));

    public bool TryMove(string name, IFolder target, string targetName) => Do(nameof(TryMove), () => inner.TryMove(name, Inner(target), targetName));

    public void Replace(string name, IFolder target, string targetName) => Do(nameof(Replace), () => inner.Replace(name, Inner(target), targetName));

    public void SetMode(string name, int mode) => Do(nameof(SetMode), () => inner.SetMode(name, mode));

    public void CreateNode(string name, int type, (long Major, long Minor) device) => Do(nameof(CreateNode), () => inner.CreateNode(name, type, device));

    public void SetAttributes(string name, EntryAttributes attributes) => Do(nameof(SetAttributes), () => inner.SetAttributes(name, attributes));

    public void Delete(string name) => Do(nameof(Delete), () => inner.Delete(name));

    public void DeleteDirectory(string name) => Do(nameof(DeleteDirectory), () => inner.DeleteDirectory(name));

    public void Dispose() => inner.Dispose();

    private void Do(string operation, Action action)
    {
        before(operation);
        action();
    }

    private T Do<T>(string operation, Func<T> action)
    {
        before(operation);
        return action();
    }

    private static IFolder Inner(IFolder folder) => folder is HookedFolder hooked ? hooked.InnerFolder : folder;

    private IFolder InnerFolder => inner;
}
