using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OciLayout.Common;

/// <summary>Checks the arguments of public members. netstandard2.0 has no <c>ArgumentNullException.ThrowIfNull</c>.</summary>
internal static class Guard
{
    /// <summary>Returns an argument that is not null.</summary>
    /// <exception cref="ArgumentNullException">The argument is null.</exception>
    public static T NotNull<T>([NotNull] T? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
        where T : class => argument ?? throw new ArgumentNullException(name);
}
