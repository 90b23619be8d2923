using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

namespace OciLayout.Framework;

/// <summary>Runs the main scenarios in a directory and prints their results. The same lines are expected on every runtime.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        try
        {
            new Scenarios(args[0]).Run();
            if (args.Length > 1) new RegistryScenario(args[0], args[1]).RunAsync().GetAwaiter().GetResult();
            PrintTree(args[0]);
            return 0;
        }
        catch (Exception e)
        {
            Console.WriteLine(e);
            return 1;
        }
    }

    // Archives are compared by their content, because compressed bytes depend on the runtime.
    private static void PrintTree(string root)
    {
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).OrderBy(p => p, StringComparer.Ordinal))
        {
            string name = path.Substring(root.Length + 1).Replace('\\', '/');
            if (name.Contains("/ingest/") || name.EndsWith(".gz", StringComparison.Ordinal) || name.StartsWith("images.gz/", StringComparison.Ordinal)) continue;
            using SHA256 hash = SHA256.Create();
            Console.WriteLine($"{name} {BitConverter.ToString(hash.ComputeHash(File.ReadAllBytes(path)))}");
        }
    }
}
