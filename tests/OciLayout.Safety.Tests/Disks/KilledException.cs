using System.IO;

namespace OciLayout.Safety.Disks;

/// <summary>Thrown by every operation of a killed process, which changes nothing any more.</summary>
internal sealed class KilledException() : IOException("The process was killed.");
