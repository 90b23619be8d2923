using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace OciLayout.Bench;

/// <summary>
/// docker-registry in a process of its own, with its files in the shared directory of a case, and a relay before it that delays, limits or
/// cuts the traffic. The trials find both by files in the shared directory.
/// </summary>
internal static class RegistryServer
{
    private static readonly List<Process> Running = [];
    private static readonly List<Relay> Relays = [];

    /// <summary>Starts a registry, and a relay with the given name.</summary>
    public static void Start(Place place, string name, RelaySettings? relay = null)
    {
        var port = FreePort();
        var data = Directory.CreateDirectory(place.InShared(name + "-data")).FullName;
        var settings = place.InShared(name + ".yml");
        File.WriteAllText(settings, $"""
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {data}
              delete:
                enabled: true
              cache:
                blobdescriptor: inmemory
            http:
              addr: "127.0.0.1:{port}"
            """);
        var start = new ProcessStartInfo(Engine.Find("docker-registry")!, ["serve", settings]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Running.Add(process);
        Await(port, process);
        if (relay is not null) Relays.Add(new Relay(port, relay));
        File.WriteAllText(place.InShared(name), "127.0.0.1:" + (relay is null ? port : Relays[^1].Port).ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(place.InShared(name + "-direct"), "127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the host and port of a registry; with the suffix "-direct", without its relay.</summary>
    public static string Host(Place place, string name) => File.ReadAllText(place.InShared(name));

    /// <summary>Ends all registries and relays.</summary>
    public static void StopAll()
    {
        foreach (var relay in Relays) relay.Dispose();
        foreach (var process in Running)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Relays.Clear();
        Running.Clear();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Returns when the registry accepts connections.
    private static void Await(int port, Process process)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!process.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }
}
