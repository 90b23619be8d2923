using System;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Runs typical command lines.</summary>
public class CommandLineTests
{
    [Fact]
    public void Documented_command_lines_work()
    {
        using var session = new ModuleSession();
        session.Directory.NewFile("a.bin", Encoding.UTF8.GetBytes(SampleLayout.FirstLayer));
        session.Directory.NewFile("b.bin", Encoding.UTF8.GetBytes(SampleLayout.SecondLayer));
        session.Directory.NewFile("manifest.json", Encoding.UTF8.GetBytes(SampleLayout.V1));
        session.Directory.NewFile("m2.json", Encoding.UTF8.GetBytes(SampleLayout.V2));

        string[] Type(string line) => [.. session.RunCleanly(line).Select(o => o.ToString())];

        Assert.Equal([session.Directory["layout"]], Type("$s = New-OciStore ./layout; $s"));
        Assert.Equal(
            [SampleLayout.Digest(SampleLayout.FirstLayer), SampleLayout.Digest(SampleLayout.SecondLayer)],
            Type("Get-ChildItem *.bin | Push-OciBlob -Store $s -MediaType application/x-demo"));
        Assert.Equal([SampleLayout.Digest("hello")], Type("'hello' | Push-OciBlob -Store ./layout"));
        session.RunCleanly("'{}', 'sbom' | Push-OciBlob ./layout");
        Assert.Equal([SampleLayout.Digest(SampleLayout.V1)], Type("Push-OciManifest ./layout ./manifest.json -Tag v1, latest"));
        Assert.Equal([SampleLayout.Digest(SampleLayout.V1)], Type("Get-OciTag ./layout v1* | Get-OciManifest"));
        session.RunCleanly("Set-OciTag ./layout ci-old -Reference v1");
        Assert.Equal(["ci-old"], Type("Get-OciTag ./layout | Where-Object Tag -like 'ci-*' | Remove-OciTag -PassThru"));
        Assert.Equal(
            [session.Directory[SampleLayout.Digest("hello")["sha256:".Length..] + ".bin"]],
            Type("(Get-OciManifest ./layout v1).Layers | Get-OciBlob -OutFile { \"./$($_.Digest.Encoded).bin\" }"));
        Assert.Empty(Type("Push-OciManifest ./layout ./m2.json | Set-OciTag v2"));
        Assert.Empty(Type("Set-OciTag ./layout v3 -Reference v2"));
        Assert.Empty(Type("1..1000 | ForEach-Object { \"ci-$_\" } | Set-OciTag ./layout -Reference v1"));
        Assert.Equal(1004, ((dynamic)session.RunCleanly("$s")[0]).TagCount);
        Assert.Equal(3, Type("Get-OciDescriptor ./layout v1 -Recurse").Length);
        Assert.Equal([SampleLayout.Digest("{}")], Type("Get-OciDescriptor ./layout sha256:44136fa"));
        session.RunCleanly("Push-OciManifest ./layout -Value $args[0]", SampleLayout.Attached);
        Assert.Equal([SampleLayout.Digest(SampleLayout.Attached)], Type("Get-OciReferrer ./layout v1 -ArtifactType application/spdx+json | Get-OciManifest"));
        session.RunCleanly("Remove-OciTag ./layout ci-*, latest");
        Assert.Equal(5, session.Run("Remove-OciContent ./layout v1 -WhatIf").AssertNoErrors().WhatIf.Count);
        Assert.Empty(Type("Remove-OciContent ./layout v1"));
        session.RunCleanly("'rubbish' | Push-OciBlob ./layout");
        Assert.Single(session.Run("Invoke-OciGC ./layout -WhatIf").AssertNoErrors().WhatIf, l => l.Contains(SampleLayout.Digest("rubbish"), StringComparison.Ordinal));
        Assert.Equal(7L, (long)((dynamic)session.RunCleanly("Invoke-OciGC ./layout -PassThru | Measure-Object Size -Sum")[0]).Sum);
        Assert.Equal(["NotFound"], Type("try { Get-OciManifest ./layout nope -ErrorAction Stop } catch [OciLayout.OciException] { $_.Exception.Kind }"));
        Assert.Equal(["v2", "v3"], Type("$PSDefaultParameterValues['*-Oci*:Store'] = './layout'; Get-OciTag; Set-OciTag -Tag stable -Reference v2"));
        Assert.Equal(["stable", "v2", "v3"], Type("Get-OciTag"));
    }

    [Fact]
    public void Unsigned_tags_are_selected_by_a_filter()
    {
        using var session = SampleLayout.Open();
        Assert.Equal(
            "v2",
            string.Join(' ', session.RunCleanly("Get-OciTag ./layout | Where-Object { -not (Get-OciReferrer -Reference $_ -ArtifactType application/spdx+json) }")));
    }

    [Fact]
    public void Old_tags_are_removed_and_collected()
    {
        using var session = SampleLayout.Open();
        var output = session.RunCleanly("Get-OciTag ./layout 'v*' | Where-Object { $_.Annotations.'org.opencontainers.image.created' -lt '2020' } | Remove-OciTag; Invoke-OciGC ./layout");
        Assert.Equal(3, ((dynamic)Assert.Single(output)).RemovedCount);
        Assert.Equal("latest", string.Join(' ', session.RunCleanly("Get-OciTag ./layout")));
    }

    [Fact]
    public void Digests_compare_and_match_as_text()
    {
        using var session = SampleLayout.Open();
        string digest = SampleLayout.Digest(SampleLayout.V1);
        Assert.Equal("True True True True True", string.Join(' ', session.RunCleanly(
            """
            $d = (Get-OciTag ./layout v1).Digest
            $d -eq $args[0]; $args[0] -eq $d; $d -like 'sha256:*'; $d -eq (Get-OciManifest ./layout latest).Digest; $d -eq [OciLayout.Digest]$args[0]
            """, digest)));
    }
}
