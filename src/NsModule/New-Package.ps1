#Requires -Version 7.6
<#
.SYNOPSIS
    Makes a package for Install-PSResource of a folder with the module, to which it adds what a package has besides.
.PARAMETER Path
    The folder, called NsModule, as the build lays it out. The licence and the icon are copied into it, and its manifest is filled in.
.PARAMETER DestinationPath
    The folder for the package.
.PARAMETER ProjectUri
    Where the project is at home. Without it the package names no such place.
.OUTPUTS
    The package's file.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $DestinationPath,
    [uri] $ProjectUri
)

$ErrorActionPreference = 'Stop'
$repository = "$PSScriptRoot/../.."
Copy-Item "$repository/LICENSE", "$repository/docs/icon.png" $Path

# The release notes are the version's part of the changelog, before the release what will be.
$manifest = "$Path/NsModule.psd1"
$version = (Import-PowerShellDataFile $manifest).ModuleVersion
$parts = (Get-Content "$repository/CHANGELOG.md" -Raw) -split '(?m)^## '
$notes = @($parts -match "^\[$([regex]::Escape($version))\]") + @($parts -match '^\[Unreleased\]') | Select-Object -First 1
$entries = @("ReleaseNotes = '$(($notes -replace '^.*\n' -replace "'", "''").Trim())'")
if ($ProjectUri) {
    $origin = "$ProjectUri".TrimEnd('/')
    $entries += "ProjectUri = '$origin'", "IconUri = '$origin/raw/HEAD/docs/icon.png'"
}
$text = Get-Content $manifest -Raw
$place = [regex]::Match($text, '(?m)^( *)Tags *=.*\n')
$lines = $entries | ForEach-Object { "$($place.Groups[1])$_`n" }
Set-Content $manifest $text.Insert($place.Index + $place.Length, -join $lines) -NoNewline
$null = Test-ModuleManifest $manifest

$null = New-Item -ItemType Directory -Force $DestinationPath
Remove-Item "$DestinationPath/NsModule.*.nupkg"
Compress-PSResource -Path $Path -DestinationPath $DestinationPath -SkipModuleManifestValidate
$package = Get-Item "$DestinationPath/NsModule.*.nupkg"

# The icon that is in the package; what goes by the manifest can only be fetched from somewhere.
$archive = [System.IO.Compression.ZipFile]::Open($package, 'Update')
try {
    $entry = $archive.GetEntry('NsModule.nuspec')
    $reader = [System.IO.StreamReader]::new($entry.Open())
    $nuspec = $reader.ReadToEnd()
    $reader.Dispose()
    $stream = $entry.Open()
    $stream.SetLength(0)
    $writer = [System.IO.StreamWriter]::new($stream)
    $writer.Write($nuspec.Replace('</metadata>', "  <icon>icon.png</icon>`n  </metadata>"))
    $writer.Dispose()
}
finally {
    $archive.Dispose()
}
$package
