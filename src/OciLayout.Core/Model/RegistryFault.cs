using OciLayout.Common;

namespace OciLayout;

/// <summary>The facts of an error that a registry reported or caused.</summary>
/// <param name="Host">The host and port.</param>
/// <param name="Request">The method and the path of the request, without a query.</param>
/// <param name="Status">The HTTP status code; null if the registry did not answer.</param>
/// <param name="Code">The error code of the registry, such as <c>MANIFEST_UNKNOWN</c>; null if there was none.</param>
public sealed record RegistryFault(string Host, string Request, int? Status, string? Code)
{
    /// <summary>The host and port.</summary>
    public string Host { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Host);

    /// <summary>The method and the path of the request, without a query.</summary>
    public string Request { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Request);
}
