@{
    RootModule             = 'OciLayout.psm1'
    ModuleVersion          = '0.1.0'
    GUID                   = '9043b264-e08a-4773-bd8b-131fc8de6ae7'
    Author                 = 'The OciLayout authors'
    CompanyName            = 'OciLayout'
    Copyright              = 'The OciLayout authors. Apache-2.0.'
    Description            = 'Copies, reads, builds, changes and deletes container images and other OCI artifacts in registries, OCI image layouts and tar archives, without a container engine.'

    PowerShellVersion      = '5.1'
    CompatiblePSEditions   = @('Desktop', 'Core')
    DotNetFrameworkVersion = '4.7.2'

    FormatsToProcess       = @('OciLayout.Format.ps1xml')
    TypesToProcess         = @('OciLayout.Types.ps1xml')

    # The list is explicit because with '*' PowerShell cannot load the module automatically on the first use of a command.
    CmdletsToExport        = @(
        'New-OciStore'
        'Get-OciStore'
        'Push-OciBlob'
        'Push-OciManifest'
        'Get-OciBlob'
        'Get-OciManifest'
        'Get-OciImage'
        'Get-OciImageFile'
        'Expand-OciImage'
        'Get-OciDescriptor'
        'Get-OciTag'
        'Set-OciTag'
        'Rename-OciTag'
        'Remove-OciTag'
        'Test-OciContent'
        'Test-OciStore'
        'Repair-OciStore'
        'Remove-OciContent'
        'Get-OciPredecessor'
        'Get-OciReferrer'
        'Copy-OciContent'
        'New-OciImage'
        'Edit-OciImage'
        'Edit-OciIndex'
        'New-OciArtifact'
        'Expand-OciArtifact'
        'New-OciIndex'
        'Invoke-OciGC'
        'Save-OciIndex'
        'Export-OciStore'
        'Import-OciStore'
        'Measure-OciStore'
        'Compare-OciImage'
        'Compare-OciStore'
        'Connect-OciRegistry'
        'Disconnect-OciRegistry'
        'Sync-OciRepository'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()

    PrivateData            = @{
        PSData = @{
            Tags         = @('OCI', 'OCILayout', 'Container', 'Image', 'Artifact', 'Registry', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://www.apache.org/licenses/LICENSE-2.0'
            ReleaseNotes = 'CHANGELOG.md in the source of the module lists the changes.'
        }
    }
}
