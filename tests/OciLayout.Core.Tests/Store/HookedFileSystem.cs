using System;
using System.Collections.Generic;
using System.IO;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;

namespace OciLayout.Tests.Store;

/// <summary>The real file system, with hooks that run before and after operations. A hook may throw, or do something else first.</summary>
internal sealed class HookedFileSystem() : DelegatingFileSystem(PhysicalFileSystem.Instance)
{
    /// <summary>Runs before an operation on a path, without any lock held by the test.</summary>
    public Action<FileOperation, string> Before { get; set; } = (_, _) => { };

    /// <summary>Runs after a file was deleted.</summary>
    public Action<string> AfterDelete { get; init; } = _ => { };

    public bool Writable { get; set; } = true;

    /// <summary>Shares a file. The default is the real file system; a test may simulate another one.</summary>
    public Func<string, string, FileSharing, bool> Share { get; set; } = PhysicalFileSystem.Instance.TryShare;

    public override IEnumerable<FileStatus> List(string directory)
    {
        Before(FileOperation.List, directory);
        return base.List(directory);
    }

    public override Stream OpenRead(FilePath path)
    {
        Before(FileOperation.OpenRead, path);
        return base.OpenRead(path);
    }

    public override Stream Create(string path, FilePurpose purpose)
    {
        Before(FileOperation.Create, path);
        return new HookedStream(base.Create(path, purpose), () => Before(FileOperation.Write, path));
    }

    public override Stream CreateLike(string path, string model)
    {
        Before(FileOperation.Create, path);
        return new HookedStream(base.CreateLike(path, model), () => Before(FileOperation.Write, path));
    }

    public override bool TryShare(string source, string target, FileSharing sharing)
    {
        Before(FileOperation.Create, target);
        return Share(source, target, sharing);
    }

    public override IDisposable? TryLock(string path, bool exclusive)
    {
        Before(FileOperation.Lock, path);
        return base.TryLock(path, exclusive);
    }

    public override void Replace(string source, string target)
    {
        Before(FileOperation.Replace, target);
        base.Replace(source, target);
    }

    public override bool TryMove(string source, FilePath target)
    {
        Before(FileOperation.Replace, target);
        return base.TryMove(source, target);
    }

    public override void Delete(FilePath path)
    {
        Before(FileOperation.Delete, path);
        base.Delete(path);
        AfterDelete(path);
    }

    public override void CreateDirectory(string path)
    {
        Before(FileOperation.CreateDirectory, path);
        base.CreateDirectory(path);
    }

    public override void CreateRoot(string path)
    {
        Before(FileOperation.CreateDirectory, path);
        base.CreateRoot(path);
    }

    public override void Flush(string path)
    {
        Before(FileOperation.Flush, path);
        base.Flush(path);
    }

    public override void Touch(string path)
    {
        Before(FileOperation.Touch, path);
        base.Touch(path);
    }

    public override void SetPurpose(string path, FilePurpose purpose)
    {
        Before(FileOperation.SetPurpose, path);
        base.SetPurpose(path, purpose);
    }

    public override bool IsWritable(string directory) => Writable && base.IsWritable(directory);

    private sealed class HookedStream(Stream inner, Action beforeWrite) : DelegatingStream(inner)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            beforeWrite();
            base.Write(buffer, offset, count);
        }
    }
}
