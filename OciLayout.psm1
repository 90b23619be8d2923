# Selects the folder below bin/ for the runtime of this PowerShell, and imports the cmdlets and the core from it.
# Keep this file small: the engine compiles it again in every process that imports the module.
$runtime = [Environment]::Version.Major
if ($runtime -ge 8) {
    # A Release build contains assemblies that are precompiled for one version of .NET on one system.
    $build = "net$runtime.0-$([Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)"
    if (-not [IO.Directory]::Exists("$PSScriptRoot/bin/$build")) { $build = 'net8.0' }
}
elseif ($PSEdition -eq 'Core') {
    throw "OciLayout requires PowerShell 7.4 or later, or Windows PowerShell 5.1. This is PowerShell $($PSVersionTable.PSVersion), which is out of support. Install a supported version: https://aka.ms/powershell"
}
elseif ([Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full', 'Release', 0) -lt 461808) {
    # Windows PowerShell does not compare DotNetFrameworkVersion of the manifest beyond 4.5.
    throw 'OciLayout requires .NET Framework 4.7.2 or later. Install it: https://dotnet.microsoft.com/download/dotnet-framework'
}
else { $build = 'netstandard2.0' }

Microsoft.PowerShell.Core\Import-Module -Name "$PSScriptRoot/bin/$build/OciLayout.PowerShell.dll"
