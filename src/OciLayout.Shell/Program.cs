using System;
using System.IO;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

// Starts PowerShell with the staged module imported. Arguments, exit codes and streams are those of pwsh.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1"); // read when the engine is first used

// OCILAYOUT_MODULE selects another copy of the module. The default is out/OciLayout of the repository that contains this build.
var module = Environment.GetEnvironmentVariable("OCILAYOUT_MODULE")
    ?? Path.GetFullPath("../../../../../out/OciLayout/OciLayout.psd1", AppContext.BaseDirectory);
if (!Path.Exists(module))
{
    Console.Error.WriteLine($"The module '{module}' does not exist. Build the repository, or set OCILAYOUT_MODULE to the path of a module.");
    return 1;
}

var state = InitialSessionState.CreateDefault2();
state.ImportPSModule([module]);
return ConsoleShell.Start(state, bannerText: null, helpText: "OciLayout.Shell has the arguments of pwsh: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_pwsh", args);
