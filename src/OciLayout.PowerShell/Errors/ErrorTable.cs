using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Converts exceptions to error records with a stable id, a category and a next step.</summary>
internal static class ErrorTable
{
    /// <summary>The next step when a path does not contain a store.</summary>
    public const string NoStore = "Check the path.";

    private static readonly Dictionary<OciErrorKind, (ErrorCategory Category, string Action)> Kinds = new()
    {
        [OciErrorKind.NotFound] = (ErrorCategory.ObjectNotFound,
            "Check the name. Get-OciTag lists the tags of a store, and Get-OciDescriptor lists all entries of its index."),
        [OciErrorKind.AlreadyExists] = (ErrorCategory.ResourceExists, "Use another name."),
        [OciErrorKind.InvalidDigest] = (ErrorCategory.InvalidArgument, "Write algorithm:encoded, such as sha256: and 64 lower-case hex digits."),
        [OciErrorKind.InvalidReference] = (ErrorCategory.InvalidArgument,
            "Use letters and digits, with single - _ . : @ / + between them, and no digest of another object."),
        [OciErrorKind.AmbiguousReference] = (ErrorCategory.InvalidArgument, "Write more digits of the digest, or all of it."),
        [OciErrorKind.MissingReference] = (ErrorCategory.InvalidArgument,
            "Name a tag, a digest or the beginning of one, or pipe an object that has a tag or a digest."),
        [OciErrorKind.InvalidLayout] = (ErrorCategory.InvalidData, "Check the path."),
        [OciErrorKind.InvalidArchive] = (ErrorCategory.InvalidData,
            "Check the path. If the file is damaged, create or download the archive again."),
        [OciErrorKind.InvalidIndex] = (ErrorCategory.InvalidData, "Repair-OciStore rebuilds index.json from the stored manifests; Repair-OciStore -WhatIf shows how."),
        [OciErrorKind.InvalidManifest] = (ErrorCategory.InvalidData, "Check the document."),
        [OciErrorKind.UnsupportedVersion] = (ErrorCategory.NotImplemented, "Only layouts of version 1.0.0 can be opened."),
        [OciErrorKind.InvalidMediaType] = (ErrorCategory.InvalidArgument, "Use the form type/subtype without parameters, such as application/vnd.contoso.app."),
        [OciErrorKind.UnsupportedMediaType] = (ErrorCategory.InvalidType, "Get-OciBlob reads content that is not a manifest or an index, and Push-OciBlob stores it."),
        [OciErrorKind.SizeMismatch] = (ErrorCategory.InvalidData, "Repair-OciStore -Source replaces corrupt content by that of another store."),
        [OciErrorKind.DigestMismatch] = (ErrorCategory.InvalidData, "Repair-OciStore -Source replaces corrupt content by that of another store."),
        [OciErrorKind.SizeLimitExceeded] = (ErrorCategory.LimitsExceeded, "Get-OciBlob -OutFile writes content of any size to a file."),
        [OciErrorKind.ContentReferenced] = (ErrorCategory.InvalidOperation,
            "Delete the tags and manifests that reference it first. Or list with -WhatIf -Force what would be deleted in spite of them, and then use -Force."),
        [OciErrorKind.StoreBusy] = (ErrorCategory.ResourceBusy, "Try again when the other process has finished."),
        [OciErrorKind.ReadOnlyStore] = (ErrorCategory.PermissionDenied, "Work on a copy in a directory that can be written."),
        [OciErrorKind.IncompleteGraph] = (ErrorCategory.InvalidData, "Repair-OciStore -Source brings back missing and corrupt content from another store."),
        [OciErrorKind.IncompleteChange] = (ErrorCategory.WriteError, "Check the disk. Invoke-OciGC deletes the files that are left."),
        [OciErrorKind.Unauthorized] = (ErrorCategory.AuthenticationError, "Connect-OciRegistry sets an account for this process; docker login, podman login or oras login store one."),
        [OciErrorKind.RateLimited] = (ErrorCategory.LimitsExceeded, "Run the command later. An account has a higher limit at many registries: Connect-OciRegistry."),
        [OciErrorKind.RegistryUnavailable] = (ErrorCategory.ConnectionError,
            "Check the name and the network, and run the command again. Connect-OciRegistry -Proxy sets a proxy."),
        [OciErrorKind.RegistryError] = (ErrorCategory.ProtocolError, "Check the name of the registry. -Verbose -Debug shows the requests."),
        [OciErrorKind.UntrustedEndpoint] = (ErrorCategory.SecurityError, "Check with the operator of the registry. No credentials were sent to the other host."),
        [OciErrorKind.UnsupportedOperation] = (ErrorCategory.NotImplemented, "Check what the registry supports."),
        [OciErrorKind.TagMoved] = (ErrorCategory.ResourceExists, "Run the command again. It edits the content that the tag names then."),
        [OciErrorKind.UnsafePath] = (ErrorCategory.SecurityError, "Do not trust the artifact. Get-OciBlob -OutFile writes a layer to a file name that you choose."),
    };

    /// <summary>
    /// Returns whether an exception describes a problem of the input or of the disk. Any other exception is a bug of this module and is not
    /// caught.
    /// </summary>
    public static bool Knows(Exception exception) =>
        exception is OciException or OciArgumentException or IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>Returns whether an error says that a path is not a layout, so that creating a layout is a next step.</summary>
    public static bool IsNotALayout(Exception exception) =>
        exception is OciException { Kind: OciErrorKind.InvalidLayout } and ({ Expected: not null, Actual: null } or { Expected: "an empty directory or an image layout" });

    /// <summary>Returns the error record for an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="target">The object that the user typed or piped.</param>
    /// <param name="action">The next step; null for the default of the error kind.</param>
    /// <param name="message">The message; null for that of the exception.</param>
    public static ErrorRecord Record(Exception exception, object? target, string? action = null, string? message = null)
    {
        var (id, category, usual) = Describe(exception);
        if (target is string text && RegistryReference.HasScheme(text)) target = RegistryReference.WithoutUser(text);
        var record = new ErrorRecord(exception, id, category, target)
        {
            ErrorDetails = new ErrorDetails(PrintableText.Escape(message ?? exception.Message)) { RecommendedAction = PrintableText.Escape(action ?? usual) },
        };
        record.CategoryInfo.TargetName = PrintableText.Escape(record.CategoryInfo.TargetName);
        return record;
    }

    private static (string Id, ErrorCategory Category, string Action) Describe(Exception exception) => exception switch
    {
        OciException { Kind: OciErrorKind.NotFound, Subject: { } path } when Path.IsPathRooted(path) =>
            (nameof(OciErrorKind.NotFound), ErrorCategory.ObjectNotFound, NoStore),
        OciException { Kind: OciErrorKind.UnsafePath, Expected: "an output file" } =>
            (nameof(OciErrorKind.UnsafePath), ErrorCategory.InvalidArgument, "Write the name of a file."),
        OciException { Kind: OciErrorKind.InvalidLayout, Actual: "an output file" } =>
            (nameof(OciErrorKind.InvalidLayout), ErrorCategory.InvalidArgument, "Choose a path outside of the layout."),
        OciException { Kind: OciErrorKind.InvalidLayout, Actual: "a symbolic link" } =>
            (nameof(OciErrorKind.InvalidLayout), ErrorCategory.SecurityError, "Replace the link by its target, or delete the link."),
        OciException { Kind: OciErrorKind.InvalidLayout, Expected: "an empty directory or an image layout" } =>
            (nameof(OciErrorKind.InvalidLayout), ErrorCategory.InvalidData, "Use an empty directory, or keep the other files with New-OciStore -Force."),
        OciException { Kind: OciErrorKind.InvalidLayout, Expected: "a directory", Actual: null } =>
            (nameof(OciErrorKind.InvalidLayout), ErrorCategory.InvalidData, "Use the path of a directory."),
        OciException when IsNotALayout(exception) =>
            (nameof(OciErrorKind.InvalidLayout), ErrorCategory.InvalidData,
                "Check the path. New-OciStore creates a layout; in a directory that is not empty, it needs -Force."),
        // The message says which file to move away.
        OciException { Kind: OciErrorKind.InvalidLayout, Actual: not null } => (nameof(OciErrorKind.InvalidLayout), ErrorCategory.InvalidData, ""),
        OciException { Kind: OciErrorKind.StoreBusy, Actual: "no locks" } =>
            (nameof(OciErrorKind.StoreBusy), ErrorCategory.NotImplemented, "Move the store to a local file system that supports locks."),
        OciException { Kind: OciErrorKind.InvalidArchive, Actual: "gzip" } =>
            (nameof(OciErrorKind.InvalidArchive), ErrorCategory.InvalidData, "Import the archive into a store: Import-OciStore ./layout.tar.gz ./layout."),
        OciException { Kind: OciErrorKind.InvalidArchive, Actual: "zstd" or "xz" or "bzip2" or "lz4" or "lzip" or "compress" or "zip" or "7-Zip" or "RAR" } =>
            (nameof(OciErrorKind.InvalidArchive), ErrorCategory.InvalidData, "Decompress it first, or create the archive again with gzip or without compression."),
        OciException { Kind: OciErrorKind.InvalidArchive, Actual: "another archive" } =>
            (nameof(OciErrorKind.InvalidArchive), ErrorCategory.InvalidData, "Run the command again."),
        OciException { Kind: OciErrorKind.InvalidArchive, Actual: "a directory" } =>
            (nameof(OciErrorKind.InvalidArchive), ErrorCategory.InvalidData, "If it is a layout, copy it: Copy-OciContent ./layout -Destination ./mirror."),
        OciException { Kind: OciErrorKind.IncompleteGraph, Subject: "index.json" } =>
            (nameof(OciErrorKind.IncompleteGraph), ErrorCategory.InvalidData,
                "Tag the manifests to keep with Set-OciTag, or keep all listed manifests with -KeepUntagged. With -Force, all content that is not reachable from a tag is deleted."),
        OciException { Kind: OciErrorKind.IncompleteGraph, Subject: "blobs" } =>
            (nameof(OciErrorKind.IncompleteGraph), ErrorCategory.InvalidData,
                "List the manifests again with Repair-OciStore, and tag the manifests to keep. With -Force, all content is deleted."),
        OciException { Kind: OciErrorKind.TagMoved, Actual: null } =>
            (nameof(OciErrorKind.TagMoved), ErrorCategory.ObjectNotFound, "Check the name. Get-OciTag lists the tags of a store."),
        OciException { Kind: OciErrorKind.Unauthorized, Registry.Status: 403 } =>
            (nameof(OciErrorKind.Unauthorized), ErrorCategory.PermissionDenied, "Ask for the permission, or use another account: Connect-OciRegistry."),
        OciException { Kind: OciErrorKind.UnsupportedOperation, Actual: RegistryRefusal.Repository, Subject: { } repository } =>
            (nameof(OciErrorKind.UnsupportedOperation), ErrorCategory.NotImplemented, $"Copy it to a layout first: Copy-OciContent {repository} -Destination ./work."),
        OciException { Kind: OciErrorKind.UnsupportedOperation, Actual: RegistryRefusal.Argument } =>
            (nameof(OciErrorKind.UnsupportedOperation), ErrorCategory.NotImplemented, "Copy content to it: Copy-OciContent ./layout -Destination oci://host/repository."),
        OciException { Actual: Model.ArtifactErrors.OtherProcess, Kind: var kind } => (kind.ToString(), ErrorCategory.ResourceBusy, "Make sure that no other process changes the directory, then try again."),
        OciException { Expected: Model.ArtifactErrors.OtherDirectory, Kind: var kind } => (kind.ToString(), ErrorCategory.InvalidArgument, "Use another -Destination."),
        OciException { Actual: Model.ArtifactErrors.SpecialFile, Kind: var kind } => (kind.ToString(), ErrorCategory.InvalidArgument, "Move it out of the directory, or leave it out. Files, directories and symbolic links can be packed."),
        OciException e when Kinds.TryGetValue(e.Kind, out var row) => (e.Kind.ToString(), row.Category, row.Action),
        OciArgumentException e => (e.ErrorId, ErrorCategory.InvalidArgument, e.RecommendedAction),
        FileNotFoundException => (nameof(OciErrorKind.NotFound), ErrorCategory.ObjectNotFound, "Check the path."),
        DirectoryNotFoundException or System.IO.DriveNotFoundException =>
            (nameof(OciErrorKind.NotFound), ErrorCategory.ObjectNotFound, "Check the path. The directory has to exist."),
        PathTooLongException => ("PathTooLong", ErrorCategory.InvalidArgument, "Use a shorter path."),
        UnauthorizedAccessException or System.Security.SecurityException =>
            ("AccessDenied", ErrorCategory.PermissionDenied, "Check the permissions of the file and of its directory."),
        IOException e when Files.SystemError.IsReadOnlyMedium(e.HResult) => ("IOError", ErrorCategory.DeviceError, "Use another path, or make the file system writable."),
        IOException => ("IOError", ErrorCategory.DeviceError, "Check that the disk has space and the file is not in use, then try again."),
        _ => ("Unexpected", ErrorCategory.NotSpecified, "Please report this as a bug."),
    };
}
