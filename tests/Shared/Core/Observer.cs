using System;

namespace OciLayout;

/// <summary>Calls a method for each report, on the thread that reports. <see cref="Progress{T}"/> would call it later.</summary>
internal sealed class Observer<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
