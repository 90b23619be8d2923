using System;
using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the parameters and outputs of the cmdlets, which are a contract with users' scripts.</summary>
public class SurfaceTests
{
    private static readonly string[] Bindings =
    [
        "Compare-OciImage * DifferenceReference 2",
        "Compare-OciImage * InputObject value",
        "Compare-OciImage * Reference 1",
        "Compare-OciImage * Store 0",
        "Compare-OciStore File DifferenceStore value 0",
        "Compare-OciStore File ReferenceFile mandatory",
        "Compare-OciStore Store DifferenceStore value 1",
        "Compare-OciStore Store ReferenceStore 0",
        "Connect-OciRegistry * Credential 1",
        "Connect-OciRegistry * Registry mandatory 0",
        "Copy-OciContent * Destination 2",
        "Copy-OciContent * InputObject value",
        "Copy-OciContent * Reference 1",
        "Copy-OciContent * Store 0",
        "Disconnect-OciRegistry * Registry mandatory 0",
        "Edit-OciImage * InputObject value",
        "Edit-OciImage * Reference 1",
        "Edit-OciImage * Store 0",
        "Edit-OciIndex * InputObject value",
        "Edit-OciIndex * Reference 1",
        "Edit-OciIndex * Store 0",
        "Expand-OciArtifact * Destination name 2",
        "Expand-OciArtifact * InputObject value",
        "Expand-OciArtifact * Reference 1",
        "Expand-OciArtifact * Store 0",
        "Expand-OciImage * Destination name 2",
        "Expand-OciImage * InputObject value",
        "Expand-OciImage * Reference 1",
        "Expand-OciImage * Store 0",
        "Export-OciStore * Destination 1",
        "Export-OciStore * InputObject value",
        "Export-OciStore * Reference 2",
        "Export-OciStore * Store 0",
        "Get-OciBlob * InputObject value",
        "Get-OciBlob * OutFile name 2",
        "Get-OciBlob * Reference 1",
        "Get-OciBlob * Store 0",
        "Get-OciDescriptor * InputObject value",
        "Get-OciDescriptor * Reference 1",
        "Get-OciDescriptor * Store 0",
        "Get-OciImage * InputObject value",
        "Get-OciImage * Reference 1",
        "Get-OciImage * Store 0",
        "Get-OciImageFile * InputObject value",
        "Get-OciImageFile * OutFile name",
        "Get-OciImageFile * Path 2",
        "Get-OciImageFile * Reference 1",
        "Get-OciImageFile * Store 0",
        "Get-OciManifest * InputObject value",
        "Get-OciManifest * Reference 1",
        "Get-OciManifest * Store 0",
        "Get-OciPredecessor * InputObject value",
        "Get-OciPredecessor * Reference 1",
        "Get-OciPredecessor * Store 0",
        "Get-OciReferrer * InputObject value",
        "Get-OciReferrer * Reference 1",
        "Get-OciReferrer * Store 0",
        "Get-OciStore LiteralPath LiteralPath name",
        "Get-OciStore Path Path value 0",
        "Get-OciTag * InputObject value",
        "Get-OciTag * Store 0",
        "Get-OciTag * Tag 1",
        "Import-OciStore LiteralPath LiteralPath name",
        "Import-OciStore LiteralPath Store 1",
        "Import-OciStore Path Path value 0",
        "Import-OciStore Path Store 1",
        "Invoke-OciGC * InputObject value",
        "Invoke-OciGC * Store 0",
        "Measure-OciStore * InputObject value",
        "Measure-OciStore * Store 0",
        "Measure-OciStore * Tag 1",
        "New-OciArtifact LiteralPath LiteralPath name",
        "New-OciArtifact LiteralPath Store 0",
        "New-OciArtifact Path Path 1",
        "New-OciArtifact Path Store 0",
        "New-OciImage * InputObject value",
        "New-OciImage * Path 1",
        "New-OciImage * Store 0",
        "New-OciIndex * InputObject value",
        "New-OciIndex * Reference 1",
        "New-OciIndex * Store 0",
        "New-OciStore * Path value 0",
        "Push-OciBlob LiteralPath LiteralPath name",
        "Push-OciBlob LiteralPath Store 0",
        "Push-OciBlob Path Path 1",
        "Push-OciBlob Path Store 0",
        "Push-OciBlob Value Store 0",
        "Push-OciBlob Value Value value",
        "Push-OciManifest LiteralPath LiteralPath name",
        "Push-OciManifest LiteralPath Store 0",
        "Push-OciManifest Path Path 1",
        "Push-OciManifest Path Store 0",
        "Push-OciManifest Value Store 0",
        "Push-OciManifest Value Value value",
        "Remove-OciContent * InputObject value",
        "Remove-OciContent * Reference 1",
        "Remove-OciContent * Store 0",
        "Remove-OciTag * InputObject value",
        "Remove-OciTag * Store 0",
        "Remove-OciTag * Tag 1",
        "Rename-OciTag * InputObject value",
        "Rename-OciTag * NewTag name 2",
        "Rename-OciTag * Store 0",
        "Rename-OciTag * Tag 1",
        "Repair-OciStore * InputObject value",
        "Repair-OciStore * Store 0",
        "Save-OciIndex * InputObject value",
        "Save-OciIndex * Store 0",
        "Set-OciTag Input InputObject value",
        "Set-OciTag Input Tag 0",
        "Set-OciTag Reference Reference mandatory 2",
        "Set-OciTag Reference Store 0",
        "Set-OciTag Reference Tag value 1",
        "Sync-OciRepository * Destination 1",
        "Sync-OciRepository * Exclude name",
        "Sync-OciRepository * Include name",
        "Sync-OciRepository * Latest name",
        "Sync-OciRepository * Source value name 0",
        "Test-OciContent * Digest 1",
        "Test-OciContent * InputObject value",
        "Test-OciContent * Store 0",
        "Test-OciStore * InputObject value",
        "Test-OciStore * Store 0",
    ];

    [Fact]
    public void Parameter_sets_positions_and_pipeline_input_are_unchanged()
    {
        using var session = new ModuleSession();

        var bindings = session.RunCleanly("""
            foreach ($c in Get-Command -Module OciLayout) { foreach ($set in $c.ParameterSets) { foreach ($p in $set.Parameters) {
                $how = "$(if ($p.ValueFromPipeline) { 'value ' })$(if ($p.ValueFromPipelineByPropertyName) { 'name ' })$(if ($p.IsMandatory) { 'mandatory ' })$(if ($p.Position -ge 0) { $p.Position })".Trim()
                if ($how) { "$($c.Name) $($set.Name.Replace('__AllParameterSets', '*')) $($p.Name) $how" }
            } } }
            """);

        Assert.Equal(Bindings, bindings.Select(b => b.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Store_is_in_every_parameter_set_of_store_cmdlets()
    {
        using var session = new ModuleSession();
        Assert.Empty(session.RunCleanly("""
            foreach ($c in Get-Command -Module OciLayout) { if ($c.Name -notin 'New-OciStore', 'Get-OciStore', 'Compare-OciStore', 'Connect-OciRegistry', 'Disconnect-OciRegistry', 'Sync-OciRepository') { foreach ($set in $c.ParameterSets) {
                if ('Store' -notin $set.Parameters.Name) { "$($c.Name) $($set.Name)" }
            } } }
            """));
    }

    [Fact]
    public void Every_changing_cmdlet_supports_WhatIf()
    {
        using var session = new ModuleSession();
        var names = session.RunCleanly("(Get-Command -Module OciLayout -ParameterName WhatIf).Name").Select(n => n.ToString());
        Assert.Equal(
            [
                "Copy-OciContent", "Edit-OciImage", "Edit-OciIndex", "Expand-OciArtifact", "Expand-OciImage", "Export-OciStore", "Get-OciBlob", "Get-OciImageFile", "Import-OciStore", "Invoke-OciGC", "New-OciArtifact", "New-OciImage", "New-OciIndex",
                "New-OciStore", "Push-OciBlob", "Push-OciManifest", "Remove-OciContent", "Remove-OciTag", "Rename-OciTag", "Repair-OciStore", "Save-OciIndex", "Set-OciTag",
                "Sync-OciRepository",
            ],
            names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_error_has_a_category_and_a_next_step()
    {
        using var session = new ModuleSession();
        Assert.Empty(session.RunCleanly("""
            $table = [OciLayout.PowerShell.OciTag].Assembly.GetType('OciLayout.PowerShell.ErrorTable')
            $record = $table.GetMethod('Record', [Reflection.BindingFlags]'Static, Public, NonPublic')
            foreach ($kind in [enum]::GetValues([OciLayout.OciErrorKind])) {
                $r = $record.Invoke($null, @([OciLayout.OciException]::new($kind, 'text', 'subject', $null), 'typed', $null, $null))
                if ($r.FullyQualifiedErrorId -ne "$kind" -or $r.CategoryInfo.Category -eq 'NotSpecified' -or -not $r.ErrorDetails.RecommendedAction -or $r.TargetObject -ne 'typed') { "$kind" }
            }
            """));
    }

    [Fact]
    public void Errors_can_be_caught_by_type_and_kind()
    {
        using var session = SampleLayout.Open();
        Assert.Equal("NotFound", session.RunCleanly("try { Get-OciManifest ./layout nope -ErrorAction Stop } catch [OciLayout.OciException] { $_.Exception.Kind }").Single().ToString());
        Assert.Equal("NotFound", session.RunCleanly("try { Get-OciManifest ./nowhere v1 } catch [OciLayout.OciException] { $_.Exception.Kind }").Single().ToString());
        Assert.Equal("MissingStore", session.RunCleanly("try { Get-OciTag } catch [OciLayout.PowerShell.OciArgumentException] { $_.Exception.ErrorId }").Single().ToString());
        Assert.Empty(session.RunCleanly("Get-OciManifest ./layout nope -ErrorAction Ignore"));
    }
}
