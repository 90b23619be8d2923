using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Tests a store that several users share: users with write permission can change it, and others cannot block them.</summary>
public sealed class SharedStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SharedStoreTests() => LocalUser.Require();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("2770", LocalUser.Group, "0077")]
    [InlineData("0775", LocalUser.Group, "0022")]
    [InlineData("0777", LocalUser.Bob, "0022")]
    public async Task Users_with_write_permission_can_change_the_store(string mode, int group, string umask)
    {
        string root = await NewRoot(mode, LocalUser.Alice, LocalUser.Group);
        await Change(LocalUser.Alice, LocalUser.Alice, umask, root, "first");
        await Change(LocalUser.Bob, group == LocalUser.Group ? LocalUser.Bob : group, umask, root, "second");
        await Change(LocalUser.Alice, LocalUser.Alice, umask, root, "third");

        Assert.Equal(["first", "second", "third"], OciStore.Open(root).GetTags().Select(t => t.Tag));
        Invariant.Check(root);
        var findings = new List<Finding>();
        new OciVerification(root).Run(new Observer<Finding>(findings.Add));
        Assert.Empty(findings);
        string index = await LocalUser.Owner(Path.Combine(root, "index.json"));
        Assert.EndsWith(mode switch { "2770" => " 660", "0775" => " 664", _ => " 666" }, index, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2770")]
    [InlineData("0777")]
    public async Task Claims_of_a_user_hold_while_another_user_collects(string mode)
    {
        string root = await NewRoot(mode, LocalUser.Alice, LocalUser.Group);
        await Change(LocalUser.Alice, LocalUser.Alice, "0077", root, "first");
        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance);
        Descriptor claimed = store.Push(new PushRequest(), new MemoryStream("claimed"u8.ToArray())).Descriptor;

        await Change(LocalUser.Bob, LocalUser.Bob, "0077", root, "second");

        Assert.True(store.Exists(claimed.Digest));
        store.State.Dispose();
        await Change(LocalUser.Bob, LocalUser.Bob, "0077", root, "third", collected: 2);
        Assert.False(store.Exists(claimed.Digest));
    }

    [Fact]
    public async Task Read_only_user_reads_and_cannot_take_a_lock()
    {
        string root = await NewRoot("0755", LocalUser.Alice, LocalUser.Alice);
        await Change(LocalUser.Alice, LocalUser.Alice, "0022", root, "first");

        foreach (string file in (string[])[".lock", ".gate", ".turn"])
        {
            ProcessResult locked = await LocalUser.Start(LocalUser.Bob, LocalUser.Bob, $"exec flock -sn '{Path.Combine(root, "ingest", file)}' true");
            Assert.NotEqual(0, locked.ExitCode);
        }

        await LocalUser.Run(LocalUser.Bob, LocalUser.Bob, "0022", $"{typeof(SharedStoreUser)}.{nameof(SharedStoreUser.Reader)}", _directory, (SharedStoreUser.Root, root), (SharedStoreUser.Name, "first"));
    }

    [Fact]
    public async Task Files_created_by_root_get_the_owner_of_the_store()
    {
        string root = await NewRoot("0755", LocalUser.Alice, LocalUser.Alice);
        await Change(LocalUser.Alice, LocalUser.Alice, "0022", root, "first");
        Directory.Delete(Path.Combine(root, "ingest"), recursive: true); // so that root must create ingest/ again
        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance);
        SharedStoreUser.Push(store, "second");
        store.State.Dispose();

        foreach (string path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories))
            Assert.StartsWith($"{LocalUser.Alice}:{LocalUser.Alice} ", await LocalUser.Owner(path), StringComparison.Ordinal);
        await Change(LocalUser.Alice, LocalUser.Alice, "0022", root, "third");
        Assert.Equal(["first", "second", "third"], OciStore.Open(root).GetTags().Select(t => t.Tag));
    }

    private Task Change(int user, int group, string umask, string root, string name, int collected = 1) =>
        LocalUser.Run(user, group, umask, $"{typeof(SharedStoreUser)}.{nameof(SharedStoreUser.Writer)}", _directory, (SharedStoreUser.Root, root), (SharedStoreUser.Name, name), (SharedStoreUser.Collected, collected.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private async Task<string> NewRoot(string mode, int user, int group)
    {
        string root = _directory.NewDirectory("layout");
        await LocalUser.Chown(user, group, root);
        await LocalUser.SetMode(mode, root);
        await LocalUser.SetMode("0755", _directory.Path); // lets other users reach the store
        return root;
    }
}
