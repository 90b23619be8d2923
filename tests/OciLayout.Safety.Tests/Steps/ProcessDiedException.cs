using System;

namespace OciLayout.Safety.Steps;

/// <summary>Thrown by every operation of a killed process. Code that catches it would run in a process that does not exist.</summary>
internal sealed class ProcessDiedException : Exception
{
    public ProcessDiedException()
        : base("This process is dead.")
    {
    }
}
