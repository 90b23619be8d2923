<#
.SYNOPSIS
    Creates the data of the help examples: two layouts and a few files in the current directory.
.DESCRIPTION
    ./layout contains the artifacts v1 and v2, which share a layer. latest, ci-1, ci-2 and ci-3 also tag v2. v1 has an SBOM as a referrer,
    v2 has a signature. The tag app is an index of two images, one for each platform. One blob is unreachable. ./mirror is a layout without content.
    Beside them are the files hello.txt, data.bin, sbom.json, notes [draft].txt and manifest.json.
.EXAMPLE
    & "$((Get-Module OciLayout).ModuleBase)/samples/sample.ps1"; Get-OciTag ./layout
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

# Two layers of an image, as tar archives that are compressed with gzip. The second one deletes a file of the first one.
$base = [Convert]::FromBase64String(
    'H4sIAAAAAAAC/+2WO2vDMBCANftXmOy1dXpOGQr1EGhSaKAdi5veELDrItmQ/PsqbpcYSrtImPo+EGdusfGne2B/KFlkeMBqPcbANI7PoEFoKZ' +
    'Ua80ZrxXLNEjD4vnbhlWyZYPDfdv1bbP9GqZ/9w9S/VRJYzsl/dJ6xOXQtZoxYbP13/sZhg7XHiP3f2r/3f1CSW5aLoigH78rm+BrvGxde/5f/' +
    'O8P5b0DQ/E/l/1Jf8/JvpeHkP6X/mDPg1/0v3I3r/g9SCdr/UrC73VbrVXWq248G8/vj+3BaZZu7NX5lsqfqcb952L2EFNCS+H/rP5xv5YXvCk' +
    'ja/42Y7n9CcE31n4Lg3dXunFGcR6SORBBEKj4BjTgUOgAYAAA=')
$program = [Convert]::FromBase64String(
    'H4sIAAAAAAAC/+3UOw6DMAyAYc+cIqU7eTpcoddIaaRUogRBUK/fKCNTl9BK+FscecnwS3bzzKEykfWIZWb7Wd4SpUKtjSl7i1YCQzjAtia35C' +
    '/hnFzuv2zTb/urfte/11IBE9S/uuuF358TX0PjhxBZe/PjGNsGyDn4NPzl/UdD9/+o/t07dK+YHjX7W2O+7y+FVJruPyGE1PQBxN4YTAAOAAA=')
$layers = $base, $program | ForEach-Object { Push-OciBlob $store -Value $_ -MediaType application/vnd.oci.image.layer.v1.tar+gzip }
$platforms = foreach ($architecture in 'amd64', 'arm64') {
    $settings = ('{{"created":"2026-01-01T00:00:00Z","architecture":"{0}","os":"linux","config":{{"Entrypoint":["/app/run"],"Env":["PATH=/usr/bin","MODE=test"],' +
        '"Labels":{{"org.opencontainers.image.version":"1.4.2"}},"ExposedPorts":{{"8080/tcp":{{}}}}}},"rootfs":{{"type":"layers","diff_ids":' +
        '["sha256:268e1eeeb935087a0ad498f0d50ae84f6937288253cf91c0c39bdca2a1540462","sha256:283cf63afc5ae3446b0b414ff78289da67e783c71c1615f55531a2d2adfff027"]}},' +
        '"history":[{{"created":"2026-01-01T00:00:00Z","created_by":"base"}},{{"created":"2026-01-01T00:00:00Z","created_by":"COPY run /app/"}}]}}') -f $architecture
    $settings = $settings | Push-OciBlob $store -MediaType application/vnd.oci.image.config.v1+json
    $manifest = '{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{0},"layers":[{1}]}}' -f
        (Format-Descriptor $settings), (($layers | ForEach-Object { Format-Descriptor $_ }) -join ',') | Push-OciManifest $store
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
