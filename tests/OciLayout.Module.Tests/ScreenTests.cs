using System;
using System.Linq;
using System.Text;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Keeps the screens of the module in approved files, at 80 and at 120 columns.</summary>
public class ScreenTests
{
    private static readonly string[] Lines =
    [
        "Get-OciTag ./layout",
        "Get-OciTag ./layout | Format-List",
        "Get-OciTag ./long",
        "Get-OciTag ./layout -NameOnly",
        "'./layout', './long' | Get-OciTag",
        "Get-OciDescriptor ./layout",
        "Get-OciDescriptor ./layout v1 -Recurse",
        "Get-OciDescriptor ./regctl multi -Recurse",
        "Get-OciDescriptor ./regctl multi -Recurse -All",
        "Get-OciManifest ./layout v1",
        "Get-OciManifest ./regctl multi",
        "Get-OciReferrer ./layout v1",
        "Get-OciTag ./layout v1, latest | Get-OciReferrer -Recurse",
        "Get-OciTag ./regctl -Detailed",
        "Get-OciImage ./regctl multi",
        "Get-OciImageFile ./regctl multi -Platform linux/arm64",
        "Get-OciPredecessor ./layout $hello",
        "Measure-OciStore ./layout",
        "Measure-OciStore ./layout -Total",
        "Compare-OciStore ./layout ./long",
        "Compare-OciStore ./layout ./long -Total",
        "Test-OciStore ./missing -Detailed",
        "Repair-OciStore ./missing -Source ./layout -WhatIf",
        "Remove-OciContent ./layout v1 -WhatIf",
        "Remove-OciTag ./layout v1 -WhatIf",
        "Set-OciTag ./layout latest -Reference v2 -WhatIf",
        "Copy-OciContent ./layout v1 ./new -IncludeReferrer -WhatIf",
        "Copy-OciContent ./layout -Destination ./new -IncludeReferrer -WhatIf",
        "Export-OciStore ./layout ./new.tar -Reference v1 -WhatIf",
        "Import-OciStore ./layout.tar ./new -WhatIf",
        "Invoke-OciGC ./layout -PlanOnly",
        "Invoke-OciGC ./layout -WhatIf",
        "Invoke-OciGC ./layout",
    ];

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Screens_are_approved(int columns)
    {
        using var session = AdviceTests.Open();
        RealLayout.Unpack("regctl.tar", session.Directory);
        session.RunCleanly("Copy-OciContent ./layout v1 ./long -Tag ('registry.example.com/team/app:' + 'a' * 60 + '-release'), short");
        session.RunCleanly("$Host.UI.RawUI.BufferSize = [System.Management.Automation.Host.Size]::new($args[0], 50)", columns);
        var text = new StringBuilder();
        foreach (string line in Lines)
        {
            string screen = session.Render(line).Replace(session.Directory.Path, "~", StringComparison.Ordinal);
            text.Append("PS> ").Append(line).Append('\n').AppendJoin('\n', screen.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0)).Append("\n\n");
        }

        ApprovedText.Verify($"screens-{columns}.txt", text.ToString());
    }
}
