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
        # Port 0 lets the system choose a free port.
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        "{ version: 0.1, storage: { filesystem: { rootdirectory: '$TestDrive/data' }, delete: { enabled: true } }, http: { addr: '127.0.0.1:$port' } }" | Set-Content config.yml
        $start = @{ FilePath = 'docker-registry'; ArgumentList = 'serve', "$TestDrive/config.yml"; PassThru = $true; RedirectStandardError = "$TestDrive/err.log"; RedirectStandardOutput = "$TestDrive/out.log" }
        $process = Start-Process @start
        $repository = "oci://127.0.0.1:$port/team/app"
        $copy = "oci://127.0.0.1:$port/copy/app"
        # The first request is repeated until the registry listens.
        Connect-OciRegistry "127.0.0.1:$port"
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
        $registry = "oci://127.0.0.1:$port"
        "Source,Include`n$registry/team/app,'v*, stable'".Replace("'", '"') | Set-Content mirror.csv
        $first = Import-Csv mirror.csv | Sync-OciRepository -Destination ./carry -IncludeReferrer -PassThru
        $first.Action | Select-Object -Unique | Should -Be Added
        Get-OciTag ./carry "127.0.0.1:$port/team/app:v1" | Should -Not -BeNullOrEmpty
        (Import-Csv mirror.csv | Sync-OciRepository -Destination ./carry -IncludeReferrer -PassThru).Action | Select-Object -Unique | Should -Be Same
        Sync-OciRepository ./carry $registry/mirror -IncludeReferrer
        (Get-OciTag $registry/mirror/team/app v1).Digest | Should -Be (Get-OciTag $repository v1).Digest
        (Get-OciReferrer "$registry/mirror/team/app:v1").Digest | Should -Be (Get-OciReferrer ./layout v1).Digest
        Sync-OciRepository $registry/team/* $registry/second -Latest 1 -WhatIf
        Get-OciStore $registry/second/* | Should -BeNullOrEmpty
    }
}
