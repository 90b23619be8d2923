# Runs typical command lines. Each block runs in a new directory, in a session that has imported the staged module.

BeforeDiscovery {
    $examples = foreach ($page in Get-ChildItem "$PSScriptRoot/../docs/en-US/*-*.md") {
        $text = [IO.File]::ReadAllText($page).Replace("`r", '')
        foreach ($match in [regex]::Matches($text, '(?ms)^### (Example[^\n]*)\n(?:(?!^###|^## ).)*?```powershell\n(.*?)\n```')) {
            if ($match.Groups[2].Value -match 'registry\.contoso\.com') { continue } # the module tests run them on a registry
            @{ Page = $page.BaseName; Title = $match.Groups[1].Value; Code = $match.Groups[2].Value }
        }
    }
}

BeforeAll {
    $program = & "$PSScriptRoot/Shared/Get-PowerShellProgram.ps1"
    Import-Module "$PSScriptRoot/../out/OciLayout" -Force

    function New-Sample {
        # v1 and latest tag one image, which has an SBOM attached. v2 tags another image, and both share a layer. The files of v1 and v2 are beside the layout.
        $types = @{ Image = 'application/vnd.oci.image.manifest.v1+json'; Config = 'application/vnd.oci.image.config.v1+json' }
        $describe = { @{ mediaType = $args[1]; digest = "$($args[0].Digest)"; size = $args[0].Size } }
        'a layer' | Set-Content a.bin -NoNewline
        'another' | Set-Content b.bin -NoNewline
        $null = New-OciStore ./layout
        $config = '{}' | Push-OciBlob ./layout
        $layers = Get-ChildItem *.bin | Push-OciBlob ./layout
        $manifest = { param($Layer, $Extra = @{})
            @{ schemaVersion = 2; mediaType = $types.Image; config = & $describe $config $types.Config
                layers = @($Layer.ForEach({ & $describe $_ 'application/x-demo' }))
            } + $Extra | ConvertTo-Json -Depth 5 -Compress }
        & $manifest $layers | Set-Content manifest.json -NoNewline
        & $manifest $layers[0] | Set-Content m2.json -NoNewline
        $image = Push-OciManifest ./layout ./manifest.json -Tag v1, latest
        $null = Push-OciManifest ./layout ./m2.json -Tag v2
        $sbom = 'sbom' | Push-OciBlob ./layout
        & $manifest $sbom @{ artifactType = 'application/spdx+json'; subject = & $describe $image $types.Image } | Set-Content sbom.json -NoNewline
        $null = Push-OciManifest ./layout ./sbom.json
    }
}

Describe 'Typical command lines' {
    BeforeEach {
        Push-Location (New-Item -ItemType Directory "$TestDrive/$([guid]::NewGuid())")
        New-Sample
    }
    AfterEach { Pop-Location }

    It '<Line>' -ForEach @(
        @{ Line = '$s = New-OciStore ./layout'; Then = { $s.TagCount | Should -Be 3 } }
        @{ Line = 'Get-ChildItem *.bin | Push-OciBlob -Store ./layout -MediaType application/x-demo'; Then = {
                $result.Count | Should -Be 2
                $result.MediaType | Should -Be ('application/x-demo', 'application/x-demo') } }
        @{ Line = "'hello' | Push-OciBlob -Store ./layout"; Then = {
                $result.Digest | Should -Be 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' } }
        @{ Line = 'Push-OciManifest ./layout ./manifest.json -Tag v1, latest'; Then = { $result.Size | Should -Be (Get-Item manifest.json).Length } }
        @{ Line = 'Get-OciTag ./layout v1* | Get-OciManifest'; Then = { $result.Layers.Count | Should -Be 2 } }
        @{ Line = "1..3 | ForEach-Object { `"ci-`$_`" } | Set-OciTag ./layout -Reference v1; Get-OciTag ./layout | Where-Object Tag -like 'ci-*' | Remove-OciTag -PassThru"
            Then = { $result.Tag | Should -Be ('ci-1', 'ci-2', 'ci-3'); (Get-OciTag ./layout).Tag | Should -Be ('latest', 'v1', 'v2') } }
        @{ Line = '(Get-OciManifest ./layout v1).Layers | Get-OciBlob -OutFile { "./$($_.Digest.Encoded).bin" }'; Then = {
                $result | Should -BeOfType IO.FileInfo
                $result | ForEach-Object { (Get-FileHash $_).Hash | Should -Be $_.BaseName } } }
        @{ Line = 'Push-OciManifest ./layout ./m2.json | Set-OciTag v2'; Then = { (Get-OciTag ./layout v2).Digest.Encoded | Should -Be (Get-FileHash m2.json).Hash } }
        @{ Line = 'Set-OciTag ./layout v3 -Reference v2'; Then = { (Get-OciTag ./layout v3).Digest | Should -Be (Get-OciTag ./layout v2).Digest } }
        @{ Line = '1..1000 | ForEach-Object { "ci-$_" } | Set-OciTag ./layout -Reference v1'; Then = { (Get-OciTag ./layout ci-*).Count | Should -Be 1000 } }
        @{ Line = 'Get-OciDescriptor ./layout v1 -Recurse'; Then = { $result.Role | Should -Be ('Root', 'Config', 'Layer', 'Layer') } }
        @{ Line = 'Get-OciDescriptor ./layout sha256:44136fa'; Then = { $result.Size | Should -Be 2 } }
        @{ Line = 'Get-OciReferrer ./layout v1 -ArtifactType application/spdx+json | Get-OciManifest'; Then = { $result.Subject.Digest | Should -Be (Get-OciTag ./layout v1).Digest } }
        @{ Line = 'Remove-OciTag ./layout latest; Remove-OciContent ./layout v1 -WhatIf'; Then = { (Get-OciTag ./layout).Tag | Should -Be ('v1', 'v2') } }
        @{ Line = 'Remove-OciTag ./layout latest; Remove-OciContent ./layout v1'; Then = {
                (Get-OciTag ./layout).Tag | Should -Be 'v2'
                (Get-ChildItem ./layout/blobs/sha256).Count | Should -Be 3 } }
        @{ Line = 'Invoke-OciGC ./layout -WhatIf'; Then = { $result | Should -BeNullOrEmpty } }
        @{ Line = "'orphan' | Push-OciBlob ./layout | Out-Null; Invoke-OciGC ./layout -PassThru | Measure-Object Size -Sum"; Then = { $result.Sum | Should -Be 6 } }
        @{ Line = 'try { Get-OciManifest ./layout nope -ErrorAction Stop } catch [OciLayout.OciException] { $_.Exception.Kind }'; Then = { $result | Should -Be 'NotFound' } }
        @{ Line = 'Export-OciStore ./layout ./layout.tar.gz; Import-OciStore ./layout.tar.gz ./again'; Then = {
                $result | Should -BeOfType IO.FileInfo
                (Get-OciTag ./again).Tag | Should -Be ('latest', 'v1', 'v2') } }
        @{ Line = 'Export-OciStore ./layout ./layout.tar | Out-Null; Get-OciStore ./layout.tar | Get-OciTag'; Then = { $result.Tag | Should -Be ('latest', 'v1', 'v2') } }
        @{ Line = '(Get-OciTag ./layout v1).Digest > ./sent.txt; Export-OciStore ./layout ./delta.tar -Exclude ./sent.txt | Out-Null'; Then = {
                Get-Content ./sent.txt | Should -Contain "$((Get-OciTag ./layout v1).Digest)"
                Test-OciContent ./delta.tar (Get-OciTag ./layout v1).Digest | Should -BeFalse } }
        @{ Line = 'Get-OciTag ./layout | Copy-OciContent -Destination ./mirror'; Then = { (Get-OciTag ./mirror).Tag | Should -Be ('latest', 'v1', 'v2') } }
        @{ Line = 'Copy-OciContent ./layout v1 ./mirror -IncludeReferrer'; Then = { (Get-OciReferrer ./mirror v1).ArtifactType | Should -Be 'application/spdx+json' } }
        @{ Line = "'v1', 'v2' | Set-Content images.txt; Get-Content images.txt | Copy-OciContent ./layout -Destination ./gap -IncludeReferrer"; Then = {
                (Get-OciTag ./gap).Tag | Should -Be ('v1', 'v2') } }
        @{ Line = 'New-OciIndex ./layout -Reference v1, v2 -Platform linux/amd64, linux/arm64 -Tag app; Get-OciTag ./layout app | Copy-OciContent -Destination ./mirror -Platform linux/amd64'; Then = {
                (Get-OciTag ./mirror app).Digest | Should -Be (Get-OciTag ./layout v1).Digest
                (Get-OciManifest ./layout app -Platform linux/arm64).Digest | Should -Be (Get-OciTag ./layout v2).Digest } }
        @{ Line = 'Get-ChildItem *.bin | New-OciArtifact ./layout -ArtifactType application/vnd.contoso.app -Tag 1.2.3; Expand-OciArtifact ./layout 1.2.3 ./restored'; Then = {
                (Get-ChildItem ./restored).Name | Should -Be ('a.bin', 'b.bin')
                Get-Content ./restored/a.bin | Should -Be 'a layer' } }
        @{ Line = 'New-OciArtifact ./layout ./sbom.json -ArtifactType application/x-sbom -Subject v1'; Then = {
                (Get-OciReferrer ./layout v1 -ArtifactType application/x-sbom).Digest | Should -Be $result.Digest } }
        @{ Line = 'Test-OciStore ./layout -Detailed | Where-Object Problem -eq Missing'; Then = { $result | Should -BeNullOrEmpty } }
        @{ Line = 'Measure-OciStore ./layout | Sort-Object OwnSize -Descending | Select-Object -First 10'; Then = { $result.Tag | Should -Contain 'v2' } }
        @{ Line = "`$PSDefaultParameterValues['*-Oci*:Store'] = './layout'; Get-OciTag; Set-OciTag -Tag stable -Reference v1"; Then = {
                $result.Count | Should -Be 3
                (Get-OciTag ./layout stable).Digest | Should -Be (Get-OciTag ./layout v1).Digest } }
    ) {
        $result = . ([scriptblock]::Create($Line))
        . $Then
    }
}

Describe 'Lines about images' {
    BeforeAll {
        Push-Location (New-Item -ItemType Directory "$TestDrive/images")
        $null = & "$PSScriptRoot/../out/OciLayout/samples/sample.ps1"
        $null = Get-OciImage ./layout app -Platform linux/amd64 | Set-OciTag single
    }

    AfterAll { Pop-Location }

    It 'lists the tags of images by their creation time' {
        (Get-OciTag ./layout -Detailed | Where-Object Created | Sort-Object Created -Descending).Tag | Should -Be 'app', 'single'
    }

    It 'reads a label and all settings' {
        (Get-OciImage ./layout single).Labels.'org.opencontainers.image.version' | Should -Be '1.4.2'
        Get-OciImage ./layout single | Format-List * | Out-String | Should -Match 'Entrypoint'
    }

    It 'reads a file over a link' {
        Get-OciImageFile ./layout single /etc/os-release -AsString | Should -Match 'ID=example'
    }

    It 'finds files by wildcards and platform' {
        (Get-OciImageFile ./layout app '/usr/lib/*.so*' -Platform linux/arm64 | Sort-Object Size -Descending).Path | Should -Be '/usr/lib/libexample.so.1'
    }

    It 'compares the files of two images' {
        $null = New-OciImage ./layout ./hello.txt -Base single -Target /etc -Tag next
        (Compare-OciImage ./layout single next -File | Where-Object Kind -eq File).Name | Should -Be '/etc/hello.txt'
        (Get-OciImage ./layout single | Compare-OciImage -DifferenceReference next -File | Where-Object Kind -eq File | Get-OciImageFile -AsString).Trim() | Should -Be 'Hello'
    }

    It 'replaces an image of an index' {
        $image = New-OciImage ./layout ./hello.txt -Platform linux/arm64
        $null = Edit-OciIndex ./layout app -Remove linux/arm64 -Add $image -Tag edited
        (Get-OciManifest ./layout edited).Manifests.Platform -join ' ' | Should -Be 'linux/amd64 linux/arm64'
        (Get-OciImageFile ./layout edited -Platform linux/arm64).Path | Should -Be '/hello.txt'
    }

    It 'checks the layers and the platform of images' {
        Test-OciStore ./layout -Deep | Should -BeTrue
        $null = Get-OciImage ./layout single | New-OciIndex -Platform linux/s390x -Tag wrong
        Test-OciStore ./layout -Deep | Should -BeFalse
        (Test-OciStore ./layout -Deep -Detailed | Where-Object Severity -eq Error).Problem | Should -Be 'PlatformMismatch'
        Test-OciStore ./layout | Should -BeTrue
        Remove-OciContent ./layout wrong -NoCascade -Confirm:$false
    }

    It 'unpacks an image' {
        Expand-OciImage ./layout single ./rootfs
        [IO.File]::ReadAllText("$PWD/rootfs/app/run") | Should -Match 'Hello'
        Test-Path ./rootfs/etc/motd | Should -BeFalse -Because 'the upper layer deletes it'
    }

    It 'lists the tree of referrers' {
        (Get-OciReferrer ./layout v1 -Recurse).Depth | Should -Be 1
    }

    It 'reads the images of <_>' -ForEach 'oci-archive.tar', 'regctl-export.tar', 'regctl.tar', 'skopeo-untagged.tar', 'skopeo-v2s2.tar', 'umoci.tar' {
        $images = @(Get-OciDescriptor "$PSScriptRoot/data/$_" | Where-Object { $_.MediaType -match 'manifest|index' -and -not $_.ArtifactType } | Get-OciImage -ErrorAction SilentlyContinue)
        $images.Count | Should -BeGreaterThan 0
        foreach ($image in $images) {
            $tar = "./$_-$($image.Digest.Encoded).tar"
            Expand-OciImage -InputObject $image -Destination $tar -Force
            Test-Path $tar | Should -BeTrue
            $files = @($image | Get-OciImageFile | Where-Object Kind -eq File)
            if ($image.Layers.Count -gt 0) { $files.Count | Should -BeGreaterThan 0 }
        }
    }
}

Describe 'Documentation' {
    It 'the first steps of the README run in an empty directory' {
        Push-Location (New-Item -ItemType Directory "$TestDrive/readme")
        try {
            $text = [regex]::Match([IO.File]::ReadAllText("$PSScriptRoot/../README.md"), '(?s)### First steps.*?```powershell\r?\n(.*?)```').Groups[1].Value
            $lines = $text.Trim().Split("`n")
            $lines.Count | Should -Be 10
            $ErrorActionPreference = 'Stop'
            foreach ($line in $lines) { $result = . ([scriptblock]::Create($line)) }
            $result.RemovedCount | Should -Be 0 -Because 'the tag v1 reaches everything'
            (Get-OciTag ./layout).Tag | Should -Be 'v1'
            (Get-OciReferrer ./layout v1).ArtifactType | Should -Be 'application/spdx+json'
        }
        finally { Pop-Location }
    }

    It 'the staged script <_> runs' -ForEach 'quickstart.ps1', 'sample.ps1' {
        Push-Location (New-Item -ItemType Directory "$TestDrive/$_")
        try {
            $command = "Import-Module '$PSScriptRoot/../out/OciLayout'; & '$PSScriptRoot/../out/OciLayout/samples/$_'"
            & $program -NoProfile -NonInteractive -Command $command | Out-String | Should -Match 'Tags Index'
            $LASTEXITCODE | Should -Be 0
        }
        finally { Pop-Location }
    }

    It '<Page>, <Title>' -ForEach $examples {
        Push-Location (New-Item -ItemType Directory "$TestDrive/$([guid]::NewGuid())")
        try {
            $null = & "$PSScriptRoot/../out/OciLayout/samples/sample.ps1"
            $ErrorActionPreference = 'Continue'
            $errors = & { $null = & ([scriptblock]::Create($Code)) 3>$null 6>$null } 2>&1
            # An example that shows an error announces it in a comment.
            $announced = [regex]::Match($Code, '# error: (\w+)').Groups[1].Value
            @($errors | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] } | Sort-Object -Unique) -join ' ' | Should -Be $announced
        }
        finally { Pop-Location }
    }
}
