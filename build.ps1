<#
.SYNOPSIS
    Builds, tests, checks and packs the module. Each task calls `dotnet`, which does the same without PowerShell.
.PARAMETER Task
    The tasks to run, in the given order:
    Build    Builds everything and stages the module in out/OciLayout (the default).
    Test     Runs all tests.
    Docs     Updates the help from the cmdlets and docs/en-US. Needs Microsoft.PowerShell.PlatyPS.
    Analyze  Checks the format of the code, and the scripts. Needs PSScriptAnalyzer.
    Package  Builds out/OciLayout.<version>.nupkg, which Install-PSResource installs.
             Needs Microsoft.PowerShell.PSResourceGet 1.1, which is part of PowerShell 7.5.
    Bench    Measures the store. `dotnet run -c Release --project bench -- --help`
             lists the options, and docs/performance.md describes the results.
    Clean    Deletes the build output.
.PARAMETER Configuration
    Release (default) or Debug.
.EXAMPLE
    ./build.ps1; Import-Module ./out/OciLayout
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Docs', 'Analyze', 'Package', 'Bench', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'

function Assert-Module($Name, $Version = '0.0') {
    if (-not (Get-Module -ListAvailable $Name | Where-Object Version -ge $Version)) { throw "This needs ${Name}: Install-PSResource $Name." }
}

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE) { throw "``dotnet $args`` failed with exit code $LASTEXITCODE." }
}

Push-Location -LiteralPath $PSScriptRoot
try {
    switch ($Task) {
        'Build' { Invoke-DotNet build -c $Configuration }
        'Test' { Invoke-DotNet test -c $Configuration }
        'Docs' {
            Invoke-DotNet build -c $Configuration
            & ([IO.Path]::Combine($PSScriptRoot, 'docs', 'Update-Help.ps1'))
            Invoke-DotNet build -c $Configuration
        }
        'Analyze' {
            Invoke-DotNet format --verify-no-changes
            Assert-Module PSScriptAnalyzer
            Invoke-DotNet build -c $Configuration
            $rules = [IO.Path]::Combine($PSScriptRoot, 'PSScriptAnalyzerSettings.psd1')
            $found = Get-ChildItem -Path out/OciLayout/*.psd1, *.ps1, docs/*.ps1, docs/examples/*.ps1 |
                ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings $rules }
            $found
            if ($found) { throw "PSScriptAnalyzer has $(@($found).Count) findings." }
        }
        'Package' {
            # Precompiles for the most common systems whose compilers are available. Other systems use the dlls in bin/net8.0.
            Invoke-DotNet build -c $Configuration '-p:PrecompiledSystems=win-x64%3Blinux-x64%3Blinux-arm64%3Bosx-arm64'
            Assert-Module Microsoft.PowerShell.PSResourceGet 1.1
            Compress-PSResource -Path out/OciLayout -DestinationPath out -PassThru
        }
        'Bench' { Invoke-DotNet run -c Release --project bench }
        'Clean' { Invoke-DotNet clean -c $Configuration }
    }
}
finally {
    Pop-Location
}
