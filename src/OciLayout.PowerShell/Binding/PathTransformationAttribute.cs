using System;
using System.Collections;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts files and directories to their full paths, because Windows PowerShell converts them to bare names. For a parameter with
/// wildcards, the path of an object is escaped.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether the parameter permits wildcards.</summary>
    public bool Wildcards { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        EngineObject.Base(inputData) is object[] many ? many.Select(ReadOne).ToArray() : ReadOne(inputData);

    private object? ReadOne(object? value)
    {
        var path = EngineObject.Base(value) switch
        {
            FileSystemInfo file => file.FullName,
            PathInfo location => location.ProviderPath,
            OciPlaceInfo store => store.Path,
            null or string or ScriptBlock or IEnumerable => null,
            _ => EngineObject.Property(value!, "PSPath")?.ToString(),
        };
        return path is null ? value : Wildcards ? WildcardPattern.Escape(path) : path;
    }
}
