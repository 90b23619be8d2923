using CsCheck;

namespace OciLayout.Tests.Registry;

/// <summary>Generators of text from given parts.</summary>
internal static class Pick
{
    /// <summary>Generates one of the parts.</summary>
    public static Gen<string> From(params string[] parts) => Gen.Int[0, parts.Length - 1].Select(i => parts[i]);

    /// <summary>Generates a sequence of parts.</summary>
    public static Gen<string> Sequence(int least, int most, params string[] parts) => From(parts).Array[least, most].Select(all => string.Concat(all));
}
