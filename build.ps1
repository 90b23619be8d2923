<#
.SYNOPSIS
    Builds, tests, checks and packs the module: a thin layer over `dotnet`, which does the same without PowerShell.
.PARAMETER Task
    What to do, in this order: Build (default) stages out/OciLayout; Test runs all tests, with Pester 5 the Pester suite, too; Docs brings the help
    up to date (it needs Microsoft.PowerShell.PlatyPS); Analyze checks the formatting, and the scripts (it needs PSScriptAnalyzer); Package makes
    out/OciLayout.<version>.nupkg of a fresh build, which Install-PSResource takes (it needs Microsoft.PowerShell.PSResourceGet 1.1, which
    PowerShell 7.5 brings along); Bench measures the store (docs/performance.md; `dotnet run -c Release --project bench -- --help` has its options);
    Clean removes what was built.
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
    if ($LASTEXITCODE) { throw "``dotnet $args`` ended with $LASTEXITCODE." }
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
            if ($found) { throw "PSScriptAnalyzer found $(@($found).Count) things." }
        }
        'Package' {
            # Precompiled, if their compilers can be had, for the systems that most people have; elsewhere the plain dlls do.
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
