using System;
using System.Globalization;
using System.Linq;
using CsCheck;
using Xunit;

namespace OciLayout.Tests.StateModel;

/// <summary>
/// Compares the store with an in-memory model of section 2: random sequences by two processes on one path, and by a tool that rewrites the
/// index in place. After every step the index, blobs, tags, predecessors and referrers must match the model.
/// </summary>
public class ModelTests
{
    /// <summary>The number of sequences. The nightly run sets it by OCILAYOUT_MODEL_SEQUENCES.</summary>
    private static readonly long Sequences =
        long.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_MODEL_SEQUENCES"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1000;

    private static readonly Gen<ModelStepKind> Steps = Gen.Frequency(
        (8, Gen.Const(ModelStepKind.Push)), (6, Gen.Const(ModelStepKind.Tag)), (2, Gen.Const(ModelStepKind.Untag)), (1, Gen.Const(ModelStepKind.Save)), (3, Gen.Const(ModelStepKind.Delete)), (3, Gen.Const(ModelStepKind.Collect)), (1, Gen.Const(ModelStepKind.Restart)), (1, Gen.Const(ModelStepKind.ForeignTag)), (1, Gen.Const(ModelStepKind.ForeignDuplicate)), (1, Gen.Const(ModelStepKind.ForeignUntag)), (1, Gen.Const(ModelStepKind.ForeignRetype)));

    private static readonly Gen<ModelStep> Moves = Gen.Select(
        Steps, Gen.Int[0, 1], Gen.Int[0, ModelContents.All.Length - 1], Gen.Int[0, ModelContents.Tags.Length - 1], Gen.Bool, Gen.Bool, Gen.Bool,
        (step, process, thing, tag, auto, one, force) => new ModelStep(step, process, thing, tag, auto, one, force));

    [Fact]
    public void Store_behaves_as_the_model() => Moves.Array[1, 40].Sample(
        moves =>
        {
            using var run = new ModelRun();
            run.Make(moves);
        },
        iter: Sequences,
        print: moves => string.Join(Environment.NewLine, moves.Select(m => m.ToString())));
}
