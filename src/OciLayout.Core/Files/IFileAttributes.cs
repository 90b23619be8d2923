namespace OciLayout.Files;

/// <summary>Reads and changes the permissions and times of existing files.</summary>
internal interface IFileAttributes
{
    /// <summary>Returns whether this process may write below a directory, as far as this is known without writing.</summary>
    bool IsWritable(string directory);

    /// <summary>
    /// Sets the permissions of an existing file for a purpose. A symbolic link is not followed. Does not give read access to further users,
    /// unless the owner could not read the file either.
    /// </summary>
    void SetPurpose(string path, FilePurpose purpose);

    /// <summary>Sets the modification time of a file to now. A symbolic link is not followed.</summary>
    void Touch(string path);
}
