# What of the module is precompiled; staging fills this in.
$precompiled = @()

# The build that this runtime loads best. Precompiled code fits one version of the runtime on one system. Each new kind of operation
# costs whoever imports the module milliseconds, because the engine compiles it; so there are few.
$build = "net$([System.Environment]::Version.Major).0-$([System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)"
if ($build -notin $precompiled) {
    # PowerShell 7.4 and later, else Windows PowerShell 5.1 and PowerShell 7.0 to 7.3.
    $build = if ([System.Environment]::Version.Major -ge 8) { 'net8.0' } else { 'netstandard2.0' }
}

Import-Module -Name "$PSScriptRoot/bin/$build/OciLayout.PowerShell.dll"
