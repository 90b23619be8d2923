using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that no stream, error or object of the cmdlets for registries has a secret.</summary>
public class RegistrySecretTests
{
    [Fact]
    public async Task Messages_errors_and_objects_have_no_secrets()
    {
        using var certificate = new TestCertificate();
        await using var registry = await DockerRegistry.StartAsync(certificate, requiresPassword: true);
        using var session = SampleLayout.Open();
        await File.WriteAllTextAsync(session.Directory["ca.pem"], certificate.Authority.ExportCertificatePem(), TestContext.Current.CancellationToken);
        string[] secrets = [DockerRegistry.Password, "wr0ng-S3cret", "pr0xy-S3cret", "t0ken-S3cret"];
        session.Set("h", registry.Host);
        session.Set("secrets", secrets);
        session.Set("user", DockerRegistry.User);

        var output = session.Run("""
            function Account($User, $Secret) { [pscredential]::new($User, (ConvertTo-SecureString $Secret -AsPlainText -Force)) }
            $r = "oci://$h/team/app"
            $ca = @{ CertificateAuthority = './ca.pem' }
            $seen = & {
                $VerbosePreference = $DebugPreference = 'Continue'
                Connect-OciRegistry $h (Account $user $secrets[1]) @ca
                Connect-OciRegistry $h -Token $secrets[3] @ca
                Connect-OciRegistry $h -Proxy http://127.0.0.1:1 -ProxyCredential (Account carol $secrets[2])
                Connect-OciRegistry $h -Proxy "http://carol:$($secrets[2])@127.0.0.1:1"
                Get-OciTag "oci://${user}:$($secrets[0])@$h/team/app"
                Connect-OciRegistry $h (Account $user $secrets[0]) @ca -PassThru
                Copy-OciContent ./layout -Destination $r -PassThru
                Copy-OciContent $r -Destination ./again -WhatIf
                Get-OciStore "oci://$h/"
                Get-OciStore $r
                Get-OciTag $r
                Get-OciManifest "${r}:v1"
                Get-OciReferrer "${r}:v1"
                Get-OciManifest "${r}:nope"
                Remove-OciTag $r v1
                Connect-OciRegistry $h (Account $user $secrets[1]) @ca -PassThru
                Get-OciTag $r v2
                Disconnect-OciRegistry $h
                Get-OciTag $r v1
            } *>&1
            $seen | Format-List * -Force | Out-String -Width 1000
            $seen | Out-String -Width 1000
            $objects = $seen | Where-Object { $_.GetType().Name -like 'Oci*' }
            $objects | ConvertTo-Json -Depth 4 -WarningAction SilentlyContinue
            $objects | ForEach-Object { [Management.Automation.PSSerializer]::Serialize($_, 3) }
            $Error | Format-List * -Force | Out-String -Width 1000
            $Error | ForEach-Object { $_.Exception.ToString(); $_.InvocationInfo.BoundParameters.Count; $_.TargetObject | Out-String }
            "errors: $(@($seen | Where-Object { $_ -is [Management.Automation.ErrorRecord] }).Count)"
            "objects: $(($seen | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique) -join ' ')"
            """).Output.Select(o => o.ToString()).ToList();

        var text = string.Join('\n', output);
        foreach (var type in new[] { "OciRegistryInfo", "OciRepositoryInfo", "OciTag", "OciManifest", "OciDescriptor", "VerboseRecord", "DebugRecord", "ErrorRecord" })
            Assert.Contains(type, output[^1]);
        Assert.Matches("errors: ([89]|1[0-9])$", output[^2]);
        Assert.Contains($"GET {registry.Host}/v2/", text, StringComparison.Ordinal);
        var encoded = secrets.SelectMany(s => new[] { DockerRegistry.User, "carol" }.Select(u => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{u}:{s}"))));
        // The lines of the script itself, which errors show, have variables only.
        Assert.All(secrets.Concat(encoded), s => Assert.DoesNotContain(s, text, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Authorization:", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_proxy_that_is_no_address_and_a_client_certificate_have_next_steps()
    {
        using var certificate = new TestCertificate();
        using var clients = new TestCertificate("client.example");
        await using var registry = await DockerRegistry.StartAsync(certificate, clients: clients);
        using var session = new ModuleSession();
        session.Set("h", registry.Host);
        session.Set("certificate", clients.Server);
        await File.WriteAllTextAsync(session.Directory["ca.pem"], certificate.Authority.ExportCertificatePem(), TestContext.Current.CancellationToken);

        Assert.Equal("InvalidProxy", session.Run("Connect-OciRegistry $h -Proxy proxy:3128").ErrorId);
        var missing = session.Run("Connect-OciRegistry $h -CertificateAuthority ./ca.pem").AllErrors.Single();
        Assert.Equal("Unauthorized", missing.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("-ClientCertificate", missing.ErrorDetails.RecommendedAction);
        session.RunCleanly("Connect-OciRegistry $h -CertificateAuthority ./ca.pem -ClientCertificate $certificate");
        Assert.Contains("-CertificateAuthority", session.Run("Connect-OciRegistry $h").AllErrors.Single().ErrorDetails.RecommendedAction);
    }
}
