using System;
using System.Net;
using System.Net.Sockets;

namespace OciLayout.Registry;

/// <summary>Classifies hosts that are written as addresses.</summary>
internal static class HostAddress
{
    /// <summary>Returns whether a host is an IPv6 address in brackets, without a zone.</summary>
    public static bool IsIPv6(string host) =>
        host.IndexOf('%') < 0 && TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && host[0] == '[';

    /// <summary>Returns whether a host names this computer: <c>localhost</c>, a name below it, or a loopback address.</summary>
    public static bool IsLoopbackName(string host) => IsLoopback(host.TrimEnd('.'));

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>
    /// Returns whether a host is this computer, or a literal address of a private network. Public servers must not direct clients to such
    /// hosts.
    /// </summary>
    public static bool IsInternal(string host) => IsLoopbackName(host) || (TryParse(host, out var address) && IsPrivate(address));

    private static bool TryParse(string host, out IPAddress address) => IPAddress.TryParse(host.TrimEnd('.').Trim('[', ']'), out address!);

    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || (bytes[0] & 0xFE) == 0xFC || address.Equals(IPAddress.IPv6Any);
        return bytes[0] is 0 or 10 or 127 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 169 && bytes[1] == 254) || (bytes[0] == 100 && bytes[1] is >= 64 and < 128);
    }
}
