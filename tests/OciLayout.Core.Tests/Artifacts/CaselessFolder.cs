using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;

namespace OciLayout.Tests.Artifacts;

/// <summary>A folder of a case-preserving, case-insensitive file system, as on Windows and macOS.</summary>
internal sealed class CaselessFolder(IFolder inner) : IFolder
{
    public string Path => inner.Path;

    public static IFolder Open(string path) => new CaselessFolder(Folder.Open(path));

    public FileStatus? Stat(string name) => inner.Stat(Real(name));

    public IReadOnlyList<(string Name, bool IsDirectory)> List(string name) => inner.List(Real(name));

    IFolder IFolder.Open(string name, string? path) => new CaselessFolder(inner.Open(Real(name), path));

    public IFolder CreatePrivate(string name) => new CaselessFolder(inner.CreatePrivate(name));

    public void CreateDirectory(string name) => inner.CreateDirectory(Real(name));

    public void WriteFile(string name, int mode, Action<Stream> write) => inner.WriteFile(Real(name), mode, write);

    public bool TryWriteFile(string name, EntryAttributes attributes, Action<Stream> write) => inner.TryWriteFile(Real(name), attributes, write);

    public void CreateLink(string name, string target, bool toDirectory) => inner.CreateLink(Real(name), target, toDirectory);

    public IDisposable? TryLock(string name) => inner.TryLock(Real(name));

    public bool TryLink(string name, IFolder target, string targetName) => inner.TryLink(Real(name), ((CaselessFolder)target).InnerFolder, ((CaselessFolder)target).Real(targetName));

    public bool TryMove(string name, IFolder target, string targetName) => inner.TryMove(Real(name), ((CaselessFolder)target).InnerFolder, ((CaselessFolder)target).Real(targetName));

    public void Replace(string name, IFolder target, string targetName) => inner.Replace(Real(name), ((CaselessFolder)target).InnerFolder, ((CaselessFolder)target).Real(targetName));

    public void SetMode(string name, int mode) => inner.SetMode(Real(name), mode);

    public void CreateNode(string name, int type, (long Major, long Minor) device) => inner.CreateNode(Real(name), type, device);

    public void SetAttributes(string name, EntryAttributes attributes) => inner.SetAttributes(Real(name), attributes);

    public void Delete(string name) => inner.Delete(Real(name));

    public void DeleteDirectory(string name) => inner.DeleteDirectory(Real(name));

    public void Dispose() => inner.Dispose();

    private IFolder InnerFolder => inner;

    // Replaces each part of the name by the existing entry whose name differs only in case.
    private string Real(string name)
    {
        var real = "";
        foreach (var part in name.Split('/'))
        {
            var existing = inner.List(real).FirstOrDefault(e => string.Equals(e.Name, part, StringComparison.OrdinalIgnoreCase)).Name;
            real = real + (real.Length == 0 ? "" : "/") + (string.IsNullOrEmpty(existing) ? part : existing);
        }

        return real;
    }
}
