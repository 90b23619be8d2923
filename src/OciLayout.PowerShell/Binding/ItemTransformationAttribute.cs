using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts arguments to <see cref="ItemArgument"/>. It never fails: the cmdlet reports errors with the ids of this module.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether the parameter takes several items.</summary>
    public bool Many { get; set; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Many ? ReadMany(engineIntrinsics.SessionState, inputData) : ReadOne(engineIntrinsics.SessionState, inputData, alone: true);

    private static ItemArgument[] ReadMany(SessionState session, object? inputData)
    {
        if (EngineObject.Base(inputData) is not IEnumerable many || many is string or IDictionary) return [ReadOne(session, inputData, alone: true)];
        var items = new List<ItemArgument>();
        foreach (var item in many) items.Add(ReadOne(session, item, alone: false));
        return items.ToArray();
    }

    private static ItemArgument ReadOne(SessionState session, object? value, bool alone)
    {
        var item = ItemArgument.From(value, alone);
        item.Store?.TryResolve(session);
        return item;
    }
}
