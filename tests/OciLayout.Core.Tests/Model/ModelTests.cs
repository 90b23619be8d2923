using System;
using System.Globalization;
using System.Linq;
using CsCheck;
using Xunit;

namespace OciLayout.Tests.Model;

/// <summary>
/// Compares the store with an in-memory model of section 2: random sequences by two processes on one path, and by a tool that rewrites the
/// index in place. After every step the index, blobs, tags, predecessors and referrers must match the model.
/// </summary>
public class ModelTests
{
    /// <summary>The number of sequences. The nightly run sets it by OCILAYOUT_MODEL_SEQUENCES.</summary>
    private static readonly long Sequences =
        long.TryParse(Environment.GetEnvironmentVariable("OCILAYOUT_MODEL_SEQUENCES"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1000;

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, Gen.Const(Step.Push)), (6, Gen.Const(Step.Tag)), (2, Gen.Const(Step.Untag)), (1, Gen.Const(Step.Save)), (3, Gen.Const(Step.Delete)), (3, Gen.Const(Step.Collect)), (1, Gen.Const(Step.Restart)), (1, Gen.Const(Step.ForeignTag)), (1, Gen.Const(Step.ForeignDuplicate)), (1, Gen.Const(Step.ForeignUntag)), (1, Gen.Const(Step.ForeignRetype)));

    private static readonly Gen<Move> Moves = Gen.Select(
        Steps, Gen.Int[0, 1], Gen.Int[0, Universe.All.Length - 1], Gen.Int[0, Universe.Tags.Length - 1], Gen.Bool, Gen.Bool, Gen.Bool,
        (step, process, thing, tag, auto, one, force) => new Move(step, process, thing, tag, auto, one, force));

    [Fact]
    public void The_store_does_what_the_model_does() => Moves.Array[1, 40].Sample(
        moves =>
        {
            using var run = new ModelRun();
            run.Make(moves);
        },
        iter: Sequences,
        print: moves => string.Join(Environment.NewLine, moves.Select(m => m.ToString())));
}
