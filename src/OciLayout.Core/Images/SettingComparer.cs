using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Images;

/// <summary>Compares the settings of two images: the members of the configuration, also unknown ones, the history, and the annotations of the manifest.</summary>
internal static class SettingComparer
{
    public static IEnumerable<ImageDifference> Compare((Manifest Manifest, ImageConfig Config, Platform? Platform) reference, (Manifest Manifest, ImageConfig Config, Platform? Platform) difference)
    {
        var before = SettingList.Of(reference.Manifest, reference.Config, reference.Platform);
        var after = SettingList.Of(difference.Manifest, difference.Config, difference.Platform);
        return Compare(before, after).Concat(CompareHistory(reference.Config.History, difference.Config.History));
    }

    /// <summary>Compares the media types and the annotations of two indexes.</summary>
    public static IEnumerable<ImageDifference> CompareIndexes(Manifest reference, Manifest difference) => Compare(SettingList.Of(reference), SettingList.Of(difference));

    /// <summary>Returns the difference of an index that has an image for a platform, and one that has none.</summary>
    public static ImageDifference OfPlatform(string? reference, string? difference) => Row(Change(reference, difference, false), "Platform", reference, difference);

    private static IEnumerable<ImageDifference> Compare(SettingList before, SettingList after) =>
        SettingList.Join(before, after).Select(s => Row(Change(s.Before, s.After, s.Before == s.After), s.Name, s.Before, s.After));

    // Equal steps at the start and at the end belong together. The steps between them are compared by their positions.
    private static IEnumerable<ImageDifference> CompareHistory(IReadOnlyList<ImageHistory> before, IReadOnlyList<ImageHistory> after)
    {
        var shorter = Math.Min(before.Count, after.Count);
        var first = 0;
        while (first < shorter && before[first] == after[first]) first++;
        var last = 0;
        while (last < shorter - first && before[before.Count - 1 - last] == after[after.Count - 1 - last]) last++;
        for (var i = 0; i < Math.Max(before.Count, after.Count); i++)
        {
            var old = i < before.Count - last ? before[i] : null;
            var now = i < after.Count - last ? after[i] : null;
            if (old is not null || now is not null) yield return Step(i, old, now);
        }

        for (var i = after.Count - last; i < after.Count; i++) yield return Step(i, after[i], after[i]);
    }

    private static ImageDifference Step(int position, ImageHistory? before, ImageHistory? after)
    {
        var isSame = before == after;
        var needsTime = !isSame && before is not null && after is not null && Text(before, withTime: false) == Text(after, withTime: false);
        return Row(Change(before, after, isSame), $"History.{position}", before is null ? null : Text(before, needsTime), after is null ? null : Text(after, needsTime));
    }

    private static string Text(ImageHistory step, bool withTime)
    {
        var text = step.CreatedBy ?? step.Comment ?? "";
        return withTime && step.Created is { } time ? $"{SettingList.Time(time)} {text}" : text;
    }

    private static ImageChange Change(object? before, object? after, bool isSame) => isSame ? ImageChange.Same : before is null ? ImageChange.Added : after is null ? ImageChange.Removed : ImageChange.Changed;

    private static ImageDifference Row(ImageChange change, string name, string? reference, string? difference) => new(ImageDifferenceKind.Setting, change, name, reference, difference);
}
