namespace OciLayout.Tests.Maintenance;

/// <summary>The expected effect of a repair on a damage.</summary>
internal enum ExpectedRepair
{
    /// <summary>No repair is needed or possible.</summary>
    Nothing,

    /// <summary>The repair needs no source.</summary>
    Alone,

    /// <summary>The repair needs a source that has the content.</summary>
    FromSource,
}
