<#
.SYNOPSIS
    Builds, tests, checks and packs the module: a thin layer over `dotnet`, which does the same without PowerShell.
.PARAMETER Task
    What to do, in this order: Build (default) stages out/OciLayout; Test runs all tests; Docs brings the help
    up to date (it needs Microsoft.PowerShell.PlatyPS); Analyze checks the formatting; Package makes out/OciLayout.<version>.zip of a fresh
    build; Clean removes what was built.
.PARAMETER Configuration
    Release (default) or Debug.
.EXAMPLE
    ./build.ps1; Import-Module ./out/OciLayout
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Docs', 'Analyze', 'Package', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'

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
        'Analyze' { Invoke-DotNet format --verify-no-changes }
        'Package' {
            Invoke-DotNet build -c $Configuration
            $module = [IO.Path]::Combine($PSScriptRoot, 'out', 'OciLayout')
            $manifest = Test-ModuleManifest -Path ([IO.Path]::Combine($module, 'OciLayout.psd1'))
            $package = "$module.$($manifest.Version).zip"
            [IO.File]::Delete($package)
            [IO.Compression.ZipFile]::CreateFromDirectory($module, $package, 'Optimal', $true)
            $package
        }
        'Clean' { Invoke-DotNet clean -c $Configuration }
    }
}
finally {
    Pop-Location
}
