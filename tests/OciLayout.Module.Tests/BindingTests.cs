using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests which store and which content a command line addresses. Two layouts have the same tags for different content.</summary>
public class BindingTests
{
    private const string Other = "application/x-other";

    private static ModuleSession Open()
    {
        ModuleSession session = SampleLayout.Open();
        session.RunCleanly("""
            $o = New-OciStore ./other
            $null = '{}' | Push-OciBlob $o
            $null = Push-OciManifest $o -Value $args[0] -Tag v1
            """, SampleLayout.Manifest(Other, null));
        return session;
    }

    [Theory]
    [InlineData("Get-OciManifest ./layout v1", "application/x-one")]
    [InlineData("Get-OciManifest $s v1", "application/x-one")]
    [InlineData("Get-OciManifest (Get-OciStore ./other) v1", Other)]
    [InlineData("Get-OciManifest -Store ([IO.DirectoryInfo]\"$PWD/other\") -Reference v1", Other)]
    [InlineData("Get-OciManifest -Store $PWD/other -Reference v1", Other)]
    [InlineData("Get-OciTag ./layout v1 | Get-OciManifest", "application/x-one")]
    [InlineData("Get-OciTag ./other v1 | Get-OciManifest", Other)]
    [InlineData("Get-OciTag ./other v1 | Get-OciManifest -Store ./other", Other)]
    [InlineData("Get-OciTag ./other v1 | Get-OciManifest -Store $o", Other)]
    [InlineData("@{ Tag = 'v1'; Store = './other' } | Get-OciManifest", Other)]
    [InlineData("'./other' | Get-OciManifest -Reference v1", Other)]
    [InlineData("@{ tag = 'v1'; store = $o } | Get-OciManifest", Other)]
    [InlineData("@{ Reference = 'v1' } | Get-OciManifest -Store ./other", Other)]
    [InlineData("[pscustomobject]@{ Digest = (Get-OciTag ./other v1).Digest; Store = \"$o\" } | Get-OciManifest", Other)]
    [InlineData("$null = $ExecutionContext.SessionState.Path.SetLocation('other'); Get-OciManifest -Reference v1", Other)]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './other'; Get-OciManifest -Reference v1", Other)]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = $o; Get-OciManifest -Reference v1", Other)]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './other'; Get-OciManifest ./layout v1", "application/x-one")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './other'; Get-OciTag ./layout v1 | Get-OciManifest", "application/x-one")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = $o; Get-OciTag ./layout v1 | Get-OciManifest", "application/x-one")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './nowhere'; Get-OciTag ./layout v1 | Get-OciManifest", "application/x-one")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './other'; Get-OciManifest -Reference (Get-OciTag ./layout v1)", "application/x-one")]
    public void Command_line_addresses_the_intended_store(string line, string type)
    {
        using var session = Open();
        dynamic manifest = Assert.Single(session.RunCleanly(line));
        Assert.Equal(type, manifest.ArtifactType);
    }

    [Fact]
    public void Link_to_a_layout_is_the_same_store()
    {
        using var session = Open();
        System.IO.Directory.CreateSymbolicLink(session.Directory["link"], session.Directory["other"]);
        dynamic manifest = Assert.Single(session.RunCleanly("Get-OciTag ./link v1 | Get-OciManifest -Store ./other"));
        Assert.Equal(Other, manifest.ArtifactType);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v1 | Get-OciManifest -Store ./other", "StoreMismatch")]
    [InlineData("Get-OciTag ./layout v1 | Get-OciManifest ./other", "StoreMismatch")]
    [InlineData("Get-OciTag ./layout v1 | Remove-OciTag -Store ./other", "StoreMismatch")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag v2 -Store ./other", "StoreMismatch")]
    [InlineData("Set-OciTag ./other v2 -Reference (Get-OciTag ./layout v1)", "StoreMismatch")]
    [InlineData("Get-OciManifest ./other (Get-OciTag ./layout v1)", "StoreMismatch")]
    [InlineData("Get-OciStore ./layout | Get-OciTag -Store ./other", "StoreMismatch")]
    [InlineData("Get-OciStore ./layout | Get-OciManifest -Reference (Get-OciTag ./other v1)", "StoreMismatch")]
    [InlineData("Get-OciTag", "MissingStore")]
    [InlineData("'v1' | Get-OciManifest", "MissingStore")]
    [InlineData("Get-OciTag $undefined", "InvalidStore")]
    [InlineData("Get-OciTag -Store $null", "InvalidStore")]
    [InlineData("Get-OciTag ./layout, ./other", "InvalidStore")]
    [InlineData("Get-OciTag -Store 5", "NotFound")]
    [InlineData("Get-OciTag -Store $true", "InvalidStore")]
    [InlineData("Get-OciTag ./nowhere", "NotFound")]
    [InlineData("Get-OciTag .", "InvalidLayout")]
    [InlineData("Get-OciTag Env:PATH", "InvalidPath")]
    [InlineData("Get-OciManifest sha256:44136fa", "InvalidPath")]
    [InlineData("Get-OciTag ''", "InvalidPath")]
    public void Command_with_two_stores_or_none_is_an_error(string line, string id)
    {
        using var session = Open();
        string before = SampleLayout.Index(session);

        SessionResult result = session.Run(line);

        Assert.Equal(id, result.ErrorId);
        Assert.Empty(result.Output);
        Assert.False(string.IsNullOrEmpty(result.AllErrors.Single().ErrorDetails.RecommendedAction));
        Assert.Equal(before, SampleLayout.Index(session));
    }

    [Theory]
    [InlineData("Get-OciTag ./nowhere", "./nowhere")]
    [InlineData("Get-OciTag", null)]
    [InlineData("Remove-OciTag ./nowhere v1", "./nowhere")]
    [InlineData("@() | Remove-OciTag ./nowhere", "./nowhere")]
    public void Call_with_a_store_that_does_not_open_ends(string line, string? target)
    {
        using var session = Open();
        SessionResult result = session.Run($"try {{ {line}; 'not reached' }} catch {{ $_ }}");
        var error = Assert.IsType<System.Management.Automation.ErrorRecord>(Assert.Single(result.Output).BaseObject);
        Assert.Equal(target, error.TargetObject?.ToString());
    }

    [Theory]
    [InlineData("Get-OciTag v1*", "Get-OciTag -Tag 'v1*'")]
    [InlineData("Get-OciManifest v1", "Get-OciManifest -Reference v1")]
    [InlineData("Get-OciManifest sha256:44136fa", "Get-OciManifest -Reference sha256:44136fa")]
    [InlineData("Test-OciContent sha256:44136fa", "Test-OciContent -Digest sha256:44136fa")]
    [InlineData("Set-OciTag new -Reference v1", "Set-OciTag -Tag new")]
    [InlineData("Get-OciTag v1 -Store ./layout | Get-OciManifest ./other", "Leave out -Store")]
    [InlineData("Expand-OciArtifact v1 ./out", "write Expand-OciArtifact -Reference v1 -Destination ./out.")]
    [InlineData("Rename-OciTag v1 v9", "write Rename-OciTag -Tag v1 -NewTag v9.")]
    [InlineData("Export-OciStore ./x.tar", "write Export-OciStore -Destination ./x.tar.")]
    [InlineData("$s | Get-OciManifest v1", "Get-OciManifest -Reference v1")]
    public void Text_in_the_position_of_the_store_gets_advice(string line, string advice)
    {
        using var session = Open();
        session.RunCleanly("$PSDefaultParameterValues['*-Oci*:Store'] = './layout'");
        Assert.Contains(advice, session.Run(line).AllErrors.First().ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Default_store_is_used_by_every_cmdlet_that_takes_one()
    {
        using var session = Open();
        Assert.Equal("latest v1 v2 stable", string.Join(' ', session.RunCleanly("""
            $PSDefaultParameterValues['*-Oci*:Store'] = './layout'; Get-OciTag; Set-OciTag -Tag stable -Reference v1 -PassThru
            """)));
        Assert.Equal("stable", session.RunCleanly("Remove-OciTag -Tag stable -PassThru").Single().ToString());
    }

    [Theory]
    [InlineData("[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($t))")]
    [InlineData("[pscustomobject]@{ Tag = $t.Tag; Digest = \"$($t.Digest)\"; Store = \"$($t.Store)\" }")]
    [InlineData("[pscustomobject]@{ Digest = [pscustomobject]@{ Algorithm = 'sha256'; Encoded = $t.Digest.Encoded }; Store = [pscustomobject]@{ Path = $t.Store.Path } }")]
    [InlineData("@{ digest = $t.Digest; store = $t.Store }")]
    public void Converted_objects_keep_their_store_and_content(string made)
    {
        using var session = Open();
        var output = session.RunCleanly($"$t = Get-OciTag ./other v1; $made = {made}; ($made | Get-OciManifest).ArtifactType; (Get-OciManifest -Reference $made).ArtifactType; ($made | Set-OciTag new -PassThru).Store.Path");
        Assert.Equal([Other, Other, session.Directory["other"]], output.Select(o => o.ToString()));
    }

    [Fact]
    public void Deserialized_store_is_accepted()
    {
        using var session = Open();
        session.RunCleanly("$d = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($o))");
        Assert.Equal("v1", session.RunCleanly("Get-OciTag $d").Single().ToString());
        Assert.Equal("v1", session.RunCleanly("$d | Get-OciTag").Single().ToString());
        Assert.Equal("v1", session.RunCleanly("[pscustomobject]@{ Path = './other' } | Get-OciTag").Single().ToString());
    }

    [Fact]
    public void Proxy_functions_can_use_the_parameter_types()
    {
        using var session = Open();
        // Pester creates its mocks this way: with the parameters of the cmdlet, but without their transformations.
        session.RunCleanly("""
            foreach ($name in 'Get-OciManifest', 'Push-OciBlob', 'Set-OciTag') {
                $metadata = [Management.Automation.CommandMetadata]::new((Get-Command "OciLayout\$name"))
                $body = "$([Management.Automation.ProxyCommand]::GetCmdletBindingAttribute($metadata)) param($([Management.Automation.ProxyCommand]::GetParamBlock($metadata)))"
                . ([scriptblock]::Create("function global:$name { $body process { `"`$Store|`$Tag|`$Reference|`$InputObject|`$Value|`$LiteralPath`" } }"))
            }
            """);

        Assert.Equal("./layout||v1 v2|||", Mocked(session, "Get-OciManifest ./layout v1, v2"));
        Assert.Equal("|||v1||", Mocked(session, "Get-OciTag ./layout v1 | Get-OciManifest"));
        Assert.Equal("./layout|||v3||", Mocked(session, "@{ Tag = 'v3' } | Get-OciManifest ./layout"));
        Assert.Equal("./layout||||text|", Mocked(session, "'text' | Push-OciBlob ./layout"));
        Assert.Equal("./layout|||||./x", Mocked(session, "[pscustomobject]@{ PSPath = './x' } | Push-OciBlob ./layout"));
        Assert.Equal("./layout|new|v1|||", Mocked(session, "Set-OciTag ./layout new -Reference v1"));
        Assert.Equal("|new||v2||", Mocked(session, "Get-OciTag ./layout v2 | Set-OciTag new"));
        Assert.Equal("True", Mocked(session, "[OciLayout.PowerShell.StoreArgument]'./layout' -eq './layout'"));
        Assert.Equal("True", Mocked(session, "[OciLayout.PowerShell.ItemArgument]'v1' -eq 'v1'"));
    }

    [Fact]
    public void Filter_of_a_mock_sees_piped_objects()
    {
        using var session = Open();
        string digest = session.RunCleanly("(Get-OciTag ./layout v1).Digest").Single().ToString();
        session.RunCleanly("function Show { [CmdletBinding()] param([Parameter(ValueFromPipeline)] [OciLayout.PowerShell.ItemArgument] $InputObject) process { \"$InputObject $($InputObject.Tag) $($InputObject.Digest) $($InputObject.Store) $($InputObject.Text)\" } }");
        Assert.Equal($"v1 v1 {digest} {session.Directory["layout"]} ", Mocked(session, "Get-OciTag ./layout v1 | Show"));
        Assert.Equal("v1    v1", Mocked(session, "'v1' | Show"));
    }

    private static string Mocked(ModuleSession session, string line) => session.RunCleanly(line).Single().ToString();
}
