using System;

namespace OciLayout.Worker;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        Console.Error.WriteLine($"No such job: {string.Join(' ', arguments)}");
        return 2;
    }
}
