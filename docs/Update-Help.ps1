<#
.SYNOPSIS
    Brings the help up to date: syntax and parameters in docs/en-US/*.md from the cmdlets, then the MAML from the Markdown.
.DESCRIPTION
    Texts are written in the Markdown and stay as they are. The MAML is committed, so that neither a build nor Get-Help needs
    Microsoft.PowerShell.PlatyPS. `./build.ps1 Docs` builds, runs this, and stages what came of it.
#>
$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS)) {
    throw 'The help is made by Microsoft.PowerShell.PlatyPS, which is not installed: Install-PSResource Microsoft.PowerShell.PlatyPS.'
}

Import-Module Microsoft.PowerShell.PlatyPS
$folder = [IO.Path]::Combine($PSScriptRoot, 'en-US')
$staged = [IO.Path]::Combine([IO.Path]::GetDirectoryName($PSScriptRoot), 'out', 'OciLayout')
$utf8 = [Text.UTF8Encoding]::new($false)

# What the staged help says of a parameter would be added to what its page says; the next build stages the help again.
if ([IO.Directory]::Exists("$staged/en-US")) { [IO.Directory]::Delete("$staged/en-US", $true) }
$module = Import-Module "$staged/OciLayout.psd1" -Force -PassThru

foreach ($name in $module.ExportedCmdlets.Keys) {
    $page = [IO.Path]::Combine($folder, "$name.md")
    if (-not [IO.File]::Exists($page)) {
        $new = New-MarkdownCommandHelp -CommandInfo (Get-Command $name) -OutputFolder ([IO.Path]::GetTempPath()) -Force
        [IO.File]::Copy($new.FullName, $page)
    }

    $date = [regex]::Match([IO.File]::ReadAllText($page), '(?m)^ms\.date:.*$').Value
    Update-MarkdownCommandHelp $page -NoBackup
    # No byte order mark, and the date as it was: a page that says the same as before is the same file, on any system.
    $text = [IO.File]::ReadAllText($page).Replace("`r`n", "`n") -replace '(?m)^ms\.date:.*$', $date
    [IO.File]::WriteAllText($page, $text.TrimEnd() + "`n", $utf8)
}

$pages = Import-MarkdownCommandHelp ([IO.Path]::Combine($folder, '*-*.md'))
$list = [IO.Path]::Combine($folder, "$module.md")
$text = [IO.File]::ReadAllText($list)
foreach ($page in $pages) {
    $below = "(?m)(?<=^### \[$($page.Title)\]\($($page.Title)\.md\)\n\n).*$"
    $text = $text -replace $below, ($page.Synopsis -replace '\n', ' ').Replace('$', '$$')
}

[IO.File]::WriteAllText($list, $text, $utf8)
$temporary = [IO.Path]::Combine([IO.Path]::GetTempPath(), [guid]::NewGuid())
$made = Export-MamlCommandHelp $pages -OutputFolder $temporary
$maml = [xml]::new()
$maml.PreserveWhitespace = $true
$maml.Load($made.FullName)
[IO.Directory]::Delete($temporary, $true)

# PlatyPS leaves the code of an example fenced in its text; Get-Help has a place for it, and shows the text after it.
foreach ($example in $maml.GetElementsByTagName('command:example')) {
    $text = @($example['maml:introduction'].GetElementsByTagName('maml:para') | ForEach-Object InnerText) -ne "$([char] 0x80)" -join "`n`n"
    $before, $code, $after = $text -split '(?s)```powershell\n(.*?)\n```'
    $example['maml:introduction'].RemoveAll()
    $example['dev:code'].InnerText = $code
    # The last one is empty: a line between this example and the next.
    foreach ($paragraph in @("$before`n`n$after" -split '\n\n+' -ne '') + '') {
        $null = $example['dev:remarks'].AppendChild($maml.CreateElement('maml', 'para', $example['maml:title'].NamespaceURI))
        $example['dev:remarks'].LastChild.InnerText = $paragraph.Trim()
    }
}

# It leaves out defaults, and writes links that only the Markdown has a use for.
foreach ($command in $maml.GetElementsByTagName('command:command')) {
    $page = $pages | Where-Object Title -EQ $command['command:details']['command:name'].InnerText
    foreach ($parameter in $command['command:parameters'].GetElementsByTagName('command:parameter')) {
        $default = ($page.Parameters | Where-Object Name -EQ $parameter['maml:name'].InnerText).DefaultValue
        if (-not $default) { continue }
        $element = $maml.CreateElement('dev', 'defaultValue', $parameter['dev:type'].NamespaceURI)
        $parameter.AppendChild($element).InnerText = $default
    }

    foreach ($link in @($command.GetElementsByTagName('maml:navigationLink'))) {
        if (-not $link['maml:uri'].InnerText) { $null = $link.ParentNode.RemoveChild($link) }
        elseif ($link['maml:uri'].InnerText -notlike 'https:*') { $link['maml:uri'].InnerText = '' }
    }
}

[IO.File]::WriteAllText([IO.Path]::Combine($folder, $made.Name), $maml.OuterXml.Replace("`r`n", "`n").TrimEnd() + "`n", $utf8)
