using System;

namespace OciLayout.PowerShell;

/// <summary>Passes each report to a method, on the thread that reports. <see cref="Progress{T}"/> would call it later.</summary>
internal sealed class Observer<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
