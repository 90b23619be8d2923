<#
.SYNOPSIS
    Creates the data of the help examples: two layouts and a few files in the current directory.
.DESCRIPTION
    ./layout contains the artifacts v1 and v2, which share a layer. latest, ci-1, ci-2 and ci-3 also tag v2. v1 has an SBOM as a referrer,
    v2 has a signature. The tag app is an index of two platforms. One blob is unreachable. ./mirror is a layout without content.
    Beside them are the files hello.txt, data.bin, sbom.json, notes [draft].txt and manifest.json.
.EXAMPLE
    ./sample.ps1; Get-OciTag ./layout
#>
$ErrorActionPreference = 'Stop'

# Uses only commands of the engine and .NET, so that it runs in every PowerShell. .NET has a different current directory, so paths are full.
function Write-Text($Name, $Text) {
    [IO.File]::WriteAllText([IO.Path]::Combine("$PWD", $Name), $Text)
}

# Returns the JSON of a descriptor.
function Format-Descriptor($Descriptor, $More) {
    '{{"mediaType":"{0}","digest":"{1}","size":{2}{3}}}' -f $Descriptor.MediaType, $Descriptor.Digest, $Descriptor.Size, $More
}

function Format-Manifest($ArtifactType, $Layers, $Subject) {
    $layerList = ($Layers | ForEach-Object { Format-Descriptor $_ }) -join ','
    $subjectMember = if ($Subject) { ',"subject":' + (Format-Descriptor $Subject) }
    '{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"{0}","config":{1},"layers":[{2}]{3}}}' -f
        $ArtifactType, (Format-Descriptor $config), $layerList, $subjectMember
}

$store = New-OciStore ./layout
$config = '{}' | Push-OciBlob $store -MediaType application/vnd.oci.empty.v1+json
$common, $old, $new = 'shared by both', 'only in version 1', 'only in version 2' | Push-OciBlob $store -MediaType text/plain

$v1 = Format-Manifest application/vnd.example.note $common, $old | Push-OciManifest $store
$v2 = Format-Manifest application/vnd.example.note $common, $new | Push-OciManifest $store
$v1 | Set-OciTag v1
$v2 | Set-OciTag v2, latest, ci-1, ci-2, ci-3

$bill = '{"spdxVersion":"SPDX-2.3"}' | Push-OciBlob $store -MediaType application/spdx+json
$null = Format-Manifest application/spdx+json $bill -Subject $v1 | Push-OciManifest $store
$signature = 'a signature' | Push-OciBlob $store -MediaType application/jose+json
$null = Format-Manifest application/vnd.cncf.notary.signature $signature -Subject $v2 | Push-OciManifest $store

$platforms = foreach ($architecture in 'amd64', 'arm64') {
    $layer = "for $architecture" | Push-OciBlob $store -MediaType text/plain
    $manifest = Format-Manifest application/vnd.example.app $layer | Push-OciManifest $store
    Format-Descriptor $manifest (',"platform":{{"os":"linux","architecture":"{0}"}}' -f $architecture)
}
$null = '{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{0}]}}' -f ($platforms -join ',') |
    Push-OciManifest $store -Tag app

$null = 'nobody refers to this' | Push-OciBlob $store
$null = New-OciStore ./mirror

Write-Text hello.txt 'Hello'
Write-Text data.bin 'not really binary'
Write-Text 'notes [draft].txt' 'a name with brackets'
Write-Text sbom.json '{"spdxVersion":"SPDX-2.3"}'
Write-Text manifest.json (Format-Manifest application/vnd.example.note $common)

$store
