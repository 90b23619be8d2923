# The newest build that this runtime can load: PowerShell 7.4 and later, else Windows PowerShell 5.1 and PowerShell 7.0 to 7.3.
$framework = if ([Environment]::Version.Major -ge 8) { 'net8.0' } else { 'netstandard2.0' }
Import-Module -Name "$PSScriptRoot/bin/$framework/OciLayout.PowerShell.dll"
