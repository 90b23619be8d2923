using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that the staged module has exactly the expected files.</summary>
public class StagingTests
{
    private static readonly string[] Expected =
    [
        "LICENSE",
        "OciLayout.Format.ps1xml",
        "OciLayout.Types.ps1xml",
        "OciLayout.psd1",
        "OciLayout.psm1",
        "bin/net8.0/OciLayout.Core.dll",
        "bin/net8.0/OciLayout.PowerShell.dll",
        "bin/net8.0/ZstdSharp.dll",
        "bin/netstandard2.0/Microsoft.Bcl.AsyncInterfaces.dll",
        "bin/netstandard2.0/OciLayout.Core.dll",
        "bin/netstandard2.0/OciLayout.PowerShell.dll",
        "bin/netstandard2.0/System.Buffers.dll",
        "bin/netstandard2.0/System.IO.Pipelines.dll",
        "bin/netstandard2.0/System.Memory.dll",
        "bin/netstandard2.0/System.Numerics.Vectors.dll",
        "bin/netstandard2.0/System.Runtime.CompilerServices.Unsafe.dll",
        "bin/netstandard2.0/System.Text.Encodings.Web.dll",
        "bin/netstandard2.0/System.Text.Json.dll",
        "bin/netstandard2.0/System.Threading.Tasks.Extensions.dll",
        "en-US/OciLayout.PowerShell.dll-Help.xml",
        "en-US/about_OciLayout.help.txt",
        "en-US/about_OciLayout_Concepts.help.txt",
        "en-US/about_OciLayout_Images.help.txt",
        "en-US/about_OciLayout_Recipes.help.txt",
        "en-US/about_OciLayout_Registries.help.txt",
        "en-US/about_OciLayout_Troubleshooting.help.txt",
        "samples/quickstart.ps1",
        "samples/retention.Tests.ps1",
        "samples/sample.ps1",
    ];

    // Precompiled for the runtime of the tests, which is the one of the SDK.
    private static readonly string Precompiled = $"bin/net{Environment.Version.Major}.0-{RuntimeInformation.RuntimeIdentifier}";

    [Fact]
    public void Staged_module_has_exactly_the_expected_files()
    {
        IEnumerable<string> staged = Directory.EnumerateFiles(Repository.StagedModule, "*", SearchOption.AllDirectories)
            .Select(p => Path.GetRelativePath(Repository.StagedModule, p).Replace('\\', '/'));

        Assert.Equal(Expected, staged.Where(p => !p.StartsWith(Precompiled + '/', StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// Precompiled dlls exist only where the compiler is available. The runtime accepts them in place of the plain ones because their ids
    /// are equal.
    /// </summary>
    [Fact]
    public void Precompiled_dlls_equal_the_plain_ones_with_native_code()
    {
        string folder = Path.Combine(Repository.StagedModule, Precompiled);
        Assert.SkipUnless(Directory.Exists(folder), "Nothing is precompiled in a Debug build, or where the compiler cannot be had.");

        string[] plain = ["bin/net8.0/OciLayout.Core.dll", "bin/net8.0/OciLayout.PowerShell.dll", "bin/net8.0/ZstdSharp.dll"];
        Assert.Equal(plain.Select(Path.GetFileName), Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in plain)
        {
            (Guid version, bool hasCode) = Inspect(Path.Combine(folder, Path.GetFileName(file)));
            (Guid plainVersion, bool plainHasCode) = Inspect(Path.Combine(Repository.StagedModule, file));
            Assert.Equal(plainVersion, version);
            Assert.True(hasCode);
            Assert.False(plainHasCode);
        }
    }

    [Theory]
    [InlineData("OciLayout.psd1", "OciLayout.psd1")]
    [InlineData("OciLayout.psm1", "OciLayout.psm1")]
    [InlineData("src/OciLayout.PowerShell/OciLayout.Format.ps1xml", "OciLayout.Format.ps1xml")]
    [InlineData("src/OciLayout.PowerShell/OciLayout.Types.ps1xml", "OciLayout.Types.ps1xml")]
    [InlineData("docs/en-US/OciLayout.PowerShell.dll-Help.xml", "en-US/OciLayout.PowerShell.dll-Help.xml")]
    [InlineData("docs/en-US/about_OciLayout.help.txt", "en-US/about_OciLayout.help.txt")]
    [InlineData("docs/en-US/about_OciLayout_Concepts.help.txt", "en-US/about_OciLayout_Concepts.help.txt")]
    [InlineData("docs/examples/quickstart.ps1", "samples/quickstart.ps1")]
    [InlineData("docs/examples/retention.Tests.ps1", "samples/retention.Tests.ps1")]
    [InlineData("docs/examples/sample.ps1", "samples/sample.ps1")]
    public void Staged_files_equal_the_sources(string source, string staged) =>
        Assert.Equal(
            File.ReadAllText(Path.Combine(Repository.Root, source)),
            File.ReadAllText(Path.Combine(Repository.StagedModule, staged)));

    private static (Guid Version, bool HasCode) Inspect(string dll)
    {
        using var reader = new PEReader(File.OpenRead(dll));
        MetadataReader metadata = reader.GetMetadataReader();
        return (metadata.GetGuid(metadata.GetModuleDefinition().Mvid), reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
    }
}
