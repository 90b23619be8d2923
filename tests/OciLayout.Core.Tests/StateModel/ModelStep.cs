using System;

namespace OciLayout.Tests.StateModel;

/// <summary>One step of a sequence. Each kind of step uses only the fields that it needs.</summary>
internal sealed record ModelStep(ModelStepKind Kind, int Process, int Thing, int Tag, bool Auto, bool One, bool Force)
{
    public override string ToString() => $"{Kind}(process {Process}, {ModelContents.All[Thing]}, '{ModelContents.Tags[Tag][..Math.Min(9, ModelContents.Tags[Tag].Length)]}', auto {Auto}, {One}, force {Force})";
}
