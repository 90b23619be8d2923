# The main lines with a registry, on docker-registry in a process of its own.

BeforeDiscovery {
    $program = Get-Command docker-registry -CommandType Application -ErrorAction Ignore | Select-Object -First 1
}

if (-not $program) {
    Describe 'docker-registry' {
        It 'is installed' { Set-ItResult -Skipped -Because 'docker-registry is not on PATH; the tests of copies through it need a real registry' }
    }
}

Describe 'Copies through docker-registry' -Skip:(-not $program) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../out/OciLayout" -Force
        Push-Location $TestDrive
        # With port 0, the registry listens on a free port and names it in its log.
        "{ version: 0.1, log: { level: info }, storage: { filesystem: { rootdirectory: '$TestDrive/data' }, delete: { enabled: true } }, http: { addr: '127.0.0.1:0' } }" | Set-Content config.yml
        $start = @{ FilePath = 'docker-registry'; ArgumentList = 'serve', "$TestDrive/config.yml"; PassThru = $true; RedirectStandardError = "$TestDrive/err.log"; RedirectStandardOutput = "$TestDrive/out.log" }
        $process = Start-Process @start
        do {
            Start-Sleep -Milliseconds 50
            $listening = Select-String -Path err.log -Pattern 'listening on (127\.0\.0\.1:[0-9]+)'
        } until ($listening -or $process.HasExited)
        if (-not $listening) { throw "docker-registry ended: $(Get-Content err.log -Raw)" }
        $hostAndPort = $listening.Matches[0].Groups[1].Value
        $repository = "oci://$hostAndPort/team/app"
        $copy = "oci://$hostAndPort/copy/app"
        Connect-OciRegistry $hostAndPort
        Set-Content hello.txt 'hello' -NoNewline
        $null = New-OciStore ./layout
        $null = New-OciArtifact ./layout ./hello.txt -ArtifactType application/x-demo -Tag v1
        Set-Content sbom.json '{}' -NoNewline
        $null = New-OciArtifact ./layout ./sbom.json -ArtifactType application/spdx+json -Subject v1
    }
    AfterAll {
        Pop-Location
        $process.Kill()
        $process.WaitForExit()
    }

    It 'pushes, lists, pulls, exports, imports and pushes again with the same digests' {
        Copy-OciContent ./layout -Destination $repository
        $digest = "$((Get-OciTag ./layout v1).Digest)"
        (Get-OciTag $repository v1).Digest | Should -Be $digest
        Copy-OciContent "${repository}:v1" -Destination ./gap -IncludeReferrer
        $null = Export-OciStore ./gap ./gap.tar
        Import-OciStore ./gap.tar ./again
        Copy-OciContent ./again v1 $copy -IncludeReferrer
        (Get-OciTag $copy v1).Digest | Should -Be $digest
        (Get-OciReferrer "${copy}:v1").Digest | Should -Be (Get-OciReferrer ./layout v1).Digest
        (Get-OciManifest "${copy}:v1").Layers | Get-OciBlob -AsString | Should -Be 'hello'
    }

    It 'shows a copy with -WhatIf and sends nothing' {
        Copy-OciContent ./layout v1 "${repository}:preview" -WhatIf
        Get-OciTag $repository -NameOnly | Should -Not -Contain 'preview'
    }

    It 'copies between repositories' {
        Copy-OciContent "${repository}:v1" -Destination "${copy}:v2"
        (Get-OciTag $copy v2).Digest | Should -Be (Get-OciTag $repository v1).Digest
    }

    It 'synchronizes repositories through a layout, and a second run copies nothing' {
        $registry = "oci://$hostAndPort"
        "Source,Include`n$registry/team/app,'v*, stable'".Replace("'", '"') | Set-Content mirror.csv
        $first = Import-Csv mirror.csv | Sync-OciRepository -Destination ./carry -IncludeReferrer -PassThru
        $first.Action | Select-Object -Unique | Should -Be Added
        Get-OciTag ./carry "$hostAndPort/team/app:v1" | Should -Not -BeNullOrEmpty
        (Import-Csv mirror.csv | Sync-OciRepository -Destination ./carry -IncludeReferrer -PassThru).Action | Select-Object -Unique | Should -Be Same
        Sync-OciRepository ./carry $registry/mirror -IncludeReferrer
        (Get-OciTag $registry/mirror/team/app v1).Digest | Should -Be (Get-OciTag $repository v1).Digest
        (Get-OciReferrer "$registry/mirror/team/app:v1").Digest | Should -Be (Get-OciReferrer ./layout v1).Digest
        Sync-OciRepository $registry/team/* $registry/second -Latest 1 -WhatIf
        Get-OciStore $registry/second/* | Should -BeNullOrEmpty
    }
}
