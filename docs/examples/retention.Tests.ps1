<#
.SYNOPSIS
    Shows how to test a script that uses OciLayout with mocks, without a store or a registry.
.EXAMPLE
    Invoke-Pester "$((Get-Module OciLayout).ModuleBase)/samples/retention.Tests.ps1"
#>
BeforeAll {
    # In the folder of the module, the script tests this module. A copy of the script tests the imported or installed one.
    $manifest = "$PSScriptRoot/../OciLayout.psd1"
    if (Test-Path $manifest) { Import-Module $manifest } elseif (-not (Get-Module OciLayout)) { Import-Module OciLayout }

    # The function to test. Usually, it is in a file of its own, which BeforeAll loads: . ./Remove-OldBuild.ps1
    function Remove-OldBuild($Store, $Keep) {
        Get-OciTag $Store ci-* | Sort-Object { [int]($_.Tag -replace '\D') } -Descending |
            Select-Object -Skip $Keep | Remove-OciTag
    }
}

Describe 'Remove-OldBuild' {
    It 'keeps the newest builds' {
        Mock Get-OciTag {
            'ci-9', 'ci-10', 'ci-8' | ForEach-Object { [pscustomobject]@{ Store = './layout'; Tag = $_ } }
        }
        Mock Remove-OciTag { }

        Remove-OldBuild ./layout -Keep 2

        Should -Invoke Remove-OciTag -Times 1 -Exactly
        Should -Invoke Remove-OciTag -Times 1 -Exactly -ParameterFilter { $InputObject.Tag -eq 'ci-8' }
    }
}
