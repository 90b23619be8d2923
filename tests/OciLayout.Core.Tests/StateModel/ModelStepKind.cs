namespace OciLayout.Tests.StateModel;

internal enum ModelStepKind
{
    Push,
    Tag,
    Untag,
    Save,
    Delete,
    Collect,
    Restart,
    ForeignTag,
    ForeignDuplicate,
    ForeignUntag,
    ForeignRetype,
}
