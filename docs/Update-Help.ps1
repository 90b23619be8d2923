<#
.SYNOPSIS
    Updates the help: the syntax and parameters in docs/en-US/*.md from the cmdlets, then the MAML from the Markdown.
.DESCRIPTION
    The script does not change the texts of the Markdown. The MAML is committed, so that neither a build nor Get-Help needs
    Microsoft.PowerShell.PlatyPS. `./build.ps1 Docs` builds the module, runs this script, and stages the new help.
#>
$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS)) {
    throw 'Microsoft.PowerShell.PlatyPS creates the help and is not installed. Install it: Install-PSResource Microsoft.PowerShell.PlatyPS.'
}

Import-Module Microsoft.PowerShell.PlatyPS
$folder = [IO.Path]::Combine($PSScriptRoot, 'en-US')
$staged = [IO.Path]::Combine([IO.Path]::GetDirectoryName($PSScriptRoot), 'out', 'OciLayout')
$utf8 = [Text.UTF8Encoding]::new($false)

# PlatyPS would add the staged help of a parameter to the text of its page. The next build stages the help again.
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
    # Without a byte order mark and with the old date, a page whose content did not change is the same file on any system.
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

# PlatyPS leaves the code and the output of an example in its text, in fences. Get-Help reads them from one element and shows the text after it.
$remarks = $pages.Examples.Remarks
$examples = $maml.GetElementsByTagName('command:example')
for ($i = 0; $i -lt $examples.Count; $i++) {
    $example = $examples[$i]
    # The paragraphs in the MAML have lost the blanks at their beginning, which align tables.
    $text = $remarks[$i].Replace("`r`n", "`n")
    $fence = '(?sm)^```\w+\n(.*?)\n```$'
    $example['maml:introduction'].RemoveAll()
    $example['dev:code'].InnerText = @([regex]::Matches($text, $fence) | ForEach-Object { $_.Groups[1].Value }) -join "`n`n"
    # The empty last paragraph separates this example from the next.
    foreach ($paragraph in @($text -replace $fence -split '\n\n+' -ne '') + '') {
        $null = $example['dev:remarks'].AppendChild($maml.CreateElement('maml', 'para', $example['maml:title'].NamespaceURI))
        $example['dev:remarks'].LastChild.InnerText = $paragraph.Trim()
    }
}

# PlatyPS omits the defaults, and writes links that are useful only in the Markdown.
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
