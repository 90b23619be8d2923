# Tests the module in typical sessions: loaded automatically, loaded twice, in jobs and parallel loops, mocked, and with defaults.

BeforeAll {
    $module = (Resolve-Path "$PSScriptRoot/../out/OciLayout").Path
    Import-Module $module -Force
    # Jobs and parallel loops find the staged module as they find an installed one.
    $env:PSModulePath = (Split-Path $module) + [IO.Path]::PathSeparator + $env:PSModulePath
    $program = & "$PSScriptRoot/Shared/Get-PowerShellProgram.ps1"
    function Invoke-Fresh([string] $Command) {
        $output = & $program -NoProfile -NonInteractive -Command $Command 2>&1
        [pscustomobject]@{ Output = $output; ExitCode = $LASTEXITCODE }
    }
}

Describe 'Loading' {
    It 'is loaded automatically on the first use of a command' {
        $fresh = Invoke-Fresh "Remove-Module OciLayout -ErrorAction Ignore; `$env:PSModulePath = '$(Split-Path $module)'; (New-OciStore '$TestDrive/auto').TagCount; (Get-Module OciLayout).Name"
        $fresh.Output | Should -Be ('0', 'OciLayout')
    }

    It 'loads no assembly for networks until a registry is used' {
        $fresh = Invoke-Fresh "`$before = [AppDomain]::CurrentDomain.GetAssemblies().FullName; Import-Module '$module'; [AppDomain]::CurrentDomain.GetAssemblies().FullName | Where-Object { `$_ -notin `$before -and `$_ -like 'System.Net.*' }; (Get-Module OciLayout).Name"
        $fresh.Output | Should -Be 'OciLayout'
    }

    It 'can be imported again while stores are open' {
        $store = New-OciStore "$TestDrive/again"
        $item = 'x' | Push-OciBlob $store
        Import-Module $module -Force
        $item | Set-OciTag v1 -WarningAction Ignore
        (Get-OciTag $store).Tag | Should -Be 'v1'
    }

    It 'exports exactly the commands of the manifest' {
        $manifest = Test-ModuleManifest "$module/OciLayout.psd1"
        (Get-Command -Module OciLayout).Name | Should -Be ($manifest.ExportedCmdlets.Keys | Sort-Object)
        (Get-Module OciLayout).ExportedAliases.Count | Should -Be $manifest.ExportedAliases.Count
    }

    It 'supports Get-Command and Get-Help for <_>' -ForEach 'New-OciStore', 'Push-OciBlob', 'Set-OciTag', 'Invoke-OciGC' {
        (Get-Command $_).CommandType | Should -Be 'Cmdlet'
        Get-Help $_ -Full | Out-String | Should -Match $_
    }
}

Describe 'Sessions' {
    BeforeEach {
        $store = New-OciStore "$TestDrive/$([guid]::NewGuid())"
        $null = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}' | Push-OciManifest $store -Tag v1
    }

    It 'a parallel loop sets tags from many runspaces and loses none' {
        if ($PSVersionTable.PSVersion.Major -lt 7) { Set-ItResult -Skipped -Because 'Windows PowerShell has no ForEach-Object -Parallel' }
        1..200 | ForEach-Object -Parallel { Set-OciTag $using:store "p$_" -Reference v1 } -ThrottleLimit 8
        (Get-OciTag $store p*).Count | Should -Be 200
    }

    It 'a job opens the store by its path and returns objects that can be piped' {
        $path = $store.Path
        $tags = Start-Job { Get-OciTag $using:path } | Receive-Job -Wait -AutoRemoveJob
        $tags.Tag | Should -Be 'v1'
        ($tags | Get-OciManifest).MediaType | Should -Be 'application/vnd.oci.image.index.v1+json'
    }

    It 'several processes tag one layout at once and lose no tag' {
        $jobs = 1..3 | ForEach-Object { $n = $_; Start-Job { 1..50 | ForEach-Object { "j$using:n-$_" } | Set-OciTag $using:store.Path -Reference v1 } }
        $jobs | Receive-Job -Wait -AutoRemoveJob
        (Get-OciTag $store j*).Count | Should -Be 150
    }

    It 'a default store is used by every cmdlet unless an object is piped' {
        $other = New-OciStore "$TestDrive/$([guid]::NewGuid())"
        $PSDefaultParameterValues['*-Oci*:Store'] = $store.Path
        (Get-OciTag).Tag | Should -Be 'v1'
        $other | Get-OciTag | Should -BeNullOrEmpty
        (Get-OciTag -Tag v1 | Get-OciManifest).Store.Path | Should -Be $store.Path
    }

    It 'objects survive <Name>' -ForEach @(
        @{ Name = 'CSV'; Trip = { $input | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Name = 'JSON'; Trip = { $input | Select-Object Store, Tag, Digest | ConvertTo-Json -Depth 2 | ConvertFrom-Json } }
        @{ Name = 'Select-Object'; Trip = { $input | Select-Object Store, Tag } }
    ) {
        (Get-OciTag $store | & $Trip | Get-OciDescriptor).Digest | Should -Be (Get-OciTag $store v1).Digest
    }

    It '-WhatIf changes nothing and reports the changes' {
        $before = Get-FileHash "$store/index.json"
        $text = Invoke-Fresh "Import-Module '$module'; Remove-OciContent '$store' v1 -WhatIf; Invoke-OciGC '$store' -WhatIf; Set-OciTag '$store' v2 -Reference v1 -WhatIf"
        $text.Output -join "`n" | Should -Match "What if: Delete tag 'v1'"
        (Get-FileHash "$store/index.json").Hash | Should -Be $before.Hash
    }

    It 'errors are caught by type and distinguished by kind: <Kind>' -ForEach @(
        @{ Kind = 'NotFound'; Do = { Get-OciManifest $store nope -ErrorAction Stop } }
        @{ Kind = 'InvalidReference'; Do = { Set-OciTag $store 'two words' -Reference v1 -ErrorAction Stop } }
        @{ Kind = 'InvalidManifest'; Do = { Push-OciManifest $store -Value 'no json' -ErrorAction Stop } }
        @{ Kind = 'ContentReferenced'; Do = { Set-OciTag $store v2 -Reference v1; Remove-OciContent $store v2 -ErrorAction Stop } }
    ) {
        $caught = try { & $Do } catch [OciLayout.OciException] { $_ }
        $caught.Exception.Kind | Should -Be $Kind
        $caught.FullyQualifiedErrorId | Should -BeLike "$Kind,*"
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'one invalid item of a pipeline does not stop the others' {
        'a', 'b c', 'd' | Set-OciTag $store -Reference v1 -ErrorVariable failed -ErrorAction SilentlyContinue
        (Get-OciTag $store).Tag | Should -Be ('a', 'd', 'v1')
        $failed.Count | Should -Be 1
    }

    It 'Select-Object -First ends a pipeline early and completed changes are kept' {
        $null = 1..100 | ForEach-Object { "f$_" } | Set-OciTag $store -Reference v1 -PassThru | Select-Object -First 3
        (Get-OciTag $store f*).Count | Should -BeGreaterOrEqual 3
    }

    It 'Tab completes the tags of the store' {
        (TabExpansion2 "Get-OciTag $store v" "Get-OciTag $store v".Length).CompletionMatches[0].CompletionText | Should -Be 'v1'
    }
}

Describe 'Tests of scripts that use the module' {
    BeforeAll {
        function Publish-Release($Layout, $Version) {
            Push-OciManifest $Layout ./release.json -Tag $Version | ForEach-Object Digest
            if (-not (Test-OciContent $Layout sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a)) { throw 'no config' }
        }
    }

    It 'can mock the cmdlets with parameter filters' {
        Mock Push-OciManifest { [pscustomobject]@{ Digest = 'sha256:mocked' } } -ParameterFilter { "$Store" -eq './layout' -and $Tag -contains '1.0' }
        Mock Test-OciContent { $true }
        Publish-Release ./layout '1.0' | Should -Be 'sha256:mocked'
        Should -Invoke Push-OciManifest -Times 1 -Exactly
        Should -Invoke Test-OciContent -Times 1 -Exactly -ParameterFilter { "$Digest" -like 'sha256:44136fa*' }
    }

    It 'can mock a pipeline' {
        Mock Get-OciTag { [pscustomobject]@{ Tag = 'v1'; Store = './layout' } }
        Mock Remove-OciTag { }
        Get-OciTag ./layout | Remove-OciTag
        Should -Invoke Remove-OciTag -Times 1 -Exactly -ParameterFilter { "$InputObject" -eq 'v1' }
    }
}
