# Returns the program of the PowerShell that runs this script. PowerShell as a .NET tool has no such file in $PSHOME, and the path of its process is that of dotnet.
$program = 'powershell.exe', 'pwsh.exe', 'pwsh' | ForEach-Object { Join-Path $PSHOME $_ } | Where-Object { Test-Path $_ } | Select-Object -First 1
if ($program) { $program } else { 'pwsh' }
