using System;

namespace OciLayout;

/// <summary>One step of the history of an image (image-spec, config, "history"). Members that the configuration does not have are null.</summary>
/// <param name="Created">The time of the step; null when it is missing or is not a date.</param>
/// <param name="CreatedBy">The command that made the step.</param>
/// <param name="Comment">The comment.</param>
/// <param name="Author">The author.</param>
/// <param name="IsEmptyLayer">Whether the step made no layer.</param>
public sealed record ImageHistory(DateTimeOffset? Created, string? CreatedBy, string? Comment, string? Author, bool IsEmptyLayer);
