<#
.SYNOPSIS
    Creates a layout, pushes content, reads it, attaches an SBOM, deletes content and collects garbage.
.PARAMETER Path
    The path of the new layout. Without it, the script uses a temporary directory and deletes it at the end.
.EXAMPLE
    ./quickstart.ps1 ./layout
#>
param([string] $Path)

$ErrorActionPreference = 'Stop'

# Shows each step at once as a table of its own. PowerShell would format all output of a script like the first object.
function Show([Parameter(ValueFromPipeline)] $Object, [string] $Title) {
    begin { "`n# $Title" | Out-Host; $all = [Collections.Generic.List[object]]::new() }
    process { $all.Add($Object) }
    end { $all | Out-Host }
}

# Returns the JSON of a descriptor.
function Json($Descriptor) {
    '{{"mediaType":"{0}","digest":"{1}","size":{2}}}' -f $Descriptor.MediaType, $Descriptor.Digest, $Descriptor.Size
}

$isTemporary = -not $Path
if ($isTemporary) { $Path = [IO.Path]::Combine([IO.Path]::GetTempPath(), "oci-quickstart-$([guid]::NewGuid())") }

try {
    # Create a store. Every parameter -Store accepts this object or a path.
    $store = New-OciStore $Path
    $store | Show -Title 'A new layout'

    # Push blobs. Strings, files, bytes and the output of Get-ChildItem are pushed in the same way.
    $config = '{}' | Push-OciBlob $store -MediaType application/vnd.oci.empty.v1+json
    $common, $old, $new = 'shared by both', 'only in version 1', 'only in version 2' | Push-OciBlob $store -MediaType text/plain
    $config, $common, $old, $new | Show -Title 'Blobs, each under its digest'

    # Push two manifests and tag them.
    $template = '{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.example.note","config":{0},"layers":[{1}]}}'
    $null = Push-OciManifest $store -Value ($template -f (Json $config), ((Json $common), (Json $old) -join ',')) -Tag v1
    $null = Push-OciManifest $store -Value ($template -f (Json $config), ((Json $common), (Json $new) -join ',')) -Tag v2
    Set-OciTag $store latest -Reference v2

    # List tags, resolve a tag, and list the content of an image.
    Get-OciTag $store | Show -Title 'Tags'
    $prefix = (Get-OciTag $store v1).Digest.ToString().Substring(0, 14)
    Get-OciDescriptor $store $prefix | Show -Title "What $prefix means"
    Get-OciDescriptor $store v1 -Recurse | Show -Title 'All that v1 needs'
    Get-OciManifest $store v1 | Show -Title 'The manifest of v1'
    (Get-OciManifest $store v1).Layers | Get-OciBlob -AsString | Show -Title 'What its layers hold'

    # Attach an SBOM: a manifest whose subject is v1. It needs no tag.
    $bill = '{"spdxVersion":"SPDX-2.3"}' | Push-OciBlob $store -MediaType application/spdx+json
    $attached = '{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/spdx+json","config":{0},"layers":[{1}],"subject":{2}}}'
    $null = $attached -f (Json $config), (Json $bill), (Json (Get-OciTag $store v1)) | Push-OciManifest $store
    Get-OciReferrer $store v1 | Show -Title 'Attached to v1'

    # Delete v1 with its referrers and the content that only it needs. Preview the deletion first.
    "`n# Removing v1 would do this" | Out-Host
    Remove-OciContent $store v1 -WhatIf
    Remove-OciContent $store v1 -PassThru | Show -Title 'Removed'

    # Remove a tag, then collect unreachable content.
    $null = 'nobody refers to this' | Push-OciBlob $store
    Remove-OciTag $store latest
    Invoke-OciGC $store -PlanOnly | Show -Title 'Garbage'
    Invoke-OciGC $store | Show -Title 'Collected'
    $store | Get-OciTag | Show -Title 'What is left'
    $store | Show -Title 'The layout'
}
finally {
    if ($isTemporary -and [IO.Directory]::Exists($Path)) { [IO.Directory]::Delete($Path, $true) }
}
