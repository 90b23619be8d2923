using System.IO;

namespace OciLayout.Files;

/// <summary>
/// The permissions and the owner that new files of a directory get on Unix. In a directory that its group or all users may write to, files
/// get the permissions of the directory, so that all of them can use the store. Files that root creates get the owner of the directory.
/// </summary>
internal sealed class CreationPolicy
{
    private const int AllRead = 0x124; // 0444
    private const int AllWrite = 0x92; // 0222
    private const int OwnerReads = 0x100;
    private const int OwnerWrites = 0x80;
    private const int OthersWrite = 0x12; // 0022
    private const int Sticky = 0x200;
    private const uint Unchanged = uint.MaxValue;

    private readonly UnixStatus _directory;

    private CreationPolicy(UnixStatus directory) => _directory = directory;

    /// <summary>Whether others than the owner may create and delete files in the directory.</summary>
    private bool IsShared => (_directory.Mode & OthersWrite) != 0 && (_directory.Mode & Sticky) == 0;

    /// <summary>Gets the policy for files that are created next to a path.</summary>
    public static CreationPolicy For(string path)
    {
        _ = UnixStatus.TryGet(Path.GetDirectoryName(path)!, out var directory); // the defaults of the system apply if it fails
        return new CreationPolicy(directory);
    }

    /// <summary>Returns the mode of a new file, to which the system applies the umask.</summary>
    public static int ModeOf(FilePurpose purpose) => purpose switch
    {
        FilePurpose.ReadOnly => AllRead,
        FilePurpose.Output => AllRead | AllWrite,
        FilePurpose.Lock => OwnerReads | OwnerWrites,
        _ => AllRead | OwnerWrites,
    };

    /// <summary>
    /// Returns the mode for an existing file. Does not give read access to further users, unless the owner could not read the file either.
    /// </summary>
    public int ModeOf(FilePurpose purpose, int current)
    {
        var readers = (current & OwnerReads) == 0 || IsShared ? (_directory.Mode & AllRead) | OwnerReads : current & AllRead;
        return purpose == FilePurpose.ReadOnly ? readers : readers | OwnerWrites | (IsShared ? _directory.Mode & OthersWrite : 0);
    }

    /// <summary>Sets owner and permissions of a file that was just created with <see cref="ModeOf(FilePurpose)"/>.</summary>
    public void Apply(PosixFile file, FilePurpose purpose)
    {
        SetOwner(file);
        if (IsShared) _ = Libc.Fchmod(file.Number, purpose == FilePurpose.Lock ? LockMode : ModeOf(purpose, 0));
    }

    /// <summary>Sets the permissions of a file that will replace another file, after <see cref="Apply"/>.</summary>
    public void ApplyLike(PosixFile file, UnixStatus model)
    {
        if (!IsShared) _ = Libc.Fchmod(file.Number, model.Mode & (AllRead | AllWrite));
    }

    /// <summary>Sets owner and permissions of a directory that was just created.</summary>
    public void ApplyToDirectory(PosixFile directory)
    {
        const int permissions = 0x5FF; // 02777: access, and the bit that passes the group on
        SetOwner(directory);
        if (IsShared) _ = Libc.Fchmod(directory.Number, _directory.Mode & permissions);
    }

    // Users who may only read the store cannot open a lock file, and so cannot hold a lock.
    private int LockMode => (_directory.Mode & AllWrite) | ((_directory.Mode & AllWrite) << 1) | OwnerReads | OwnerWrites;

    // Root may not change owners everywhere (NFS), and other users only to their own groups. The files are still usable for their creator.
    private void SetOwner(PosixFile file)
    {
        if (Native.IsRoot && (_directory.Owner | _directory.Group) != 0) _ = Libc.Fchown(file.Number, _directory.Owner, _directory.Group);
        else if (!Native.IsRoot && IsShared) _ = Libc.Fchown(file.Number, Unchanged, _directory.Group);
    }
}
