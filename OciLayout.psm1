# The newest build that this runtime can load: PowerShell 7.4 and later, else Windows PowerShell 5.1 and PowerShell 7.0 to 7.3.
$major = [System.Environment]::Version.Major
$build = if ($major -ge 8) { 'net8.0' } else { 'netstandard2.0' }
if ($major -ge 8) {
    # The same code precompiled fits one version of the runtime on one system. It is not made for each.
    $precompiled = "net$major.0-$([System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)"
    if ([System.IO.File]::Exists("$PSScriptRoot/bin/$precompiled/OciLayout.PowerShell.dll")) { $build = $precompiled }
}

Import-Module -Name "$PSScriptRoot/bin/$build/OciLayout.PowerShell.dll"
