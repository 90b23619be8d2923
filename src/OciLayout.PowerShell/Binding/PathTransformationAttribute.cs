using System;
using System.Collections;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Gives files and directories as their full path: Windows PowerShell turns them into bare names. Where wildcards are read, the
/// path of an object is escaped, because it means that one file.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether the parameter reads wildcards.</summary>
    public bool Wildcards { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Base(inputData) is object[] many ? many.Select(ReadOne).ToArray() : ReadOne(inputData);

    private object? ReadOne(object? value)
    {
        var path = Unwrap.Base(value) switch
        {
            FileSystemInfo file => file.FullName,
            PathInfo location => location.ProviderPath,
            OciStore store => store.Path,
            null or string or ScriptBlock or IEnumerable => null,
            _ => Unwrap.Property(value!, "PSPath")?.ToString(),
        };
        return path is null ? value : Wildcards ? WildcardPattern.Escape(path) : path;
    }
}
