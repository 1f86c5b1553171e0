#Requires -Version 7.6
<#
.SYNOPSIS
    Builds, tests, packs and measures NsModule.
.DESCRIPTION
    Thin over dotnet: the projects know how they are built.
.PARAMETER Task
    Build: out/NsModule, importable. Test: all tests. Package: out/NsModule.VERSION.zip. Bench: the benchmarks.
    Clean: everything that was built.
.EXAMPLE
    ./build.ps1; Import-Module ./out/NsModule; Enter-NsTerminal -Hostname demo
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Package', 'Bench', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location $PSScriptRoot

switch ($Task) {
    'Build' { dotnet build src/NsModule -c $Configuration }
    'Test' { dotnet test -c $Configuration }
    'Package' {
        dotnet build src/NsModule -c Release
        $version = (Import-PowerShellDataFile ./NsModule.psd1).ModuleVersion
        $package = Join-Path $PSScriptRoot "out/NsModule.$version.zip"
        # CreateFromDirectory keeps the agent's execute permission.
        Remove-Item $package -ErrorAction Ignore
        [System.IO.Compression.ZipFile]::CreateFromDirectory("$PSScriptRoot/out/NsModule", $package)
        Get-Item $package
    }
    'Bench' { dotnet run -c Release --project bench }
    'Clean' {
        Get-ChildItem -Recurse -Directory -Include bin, obj | Remove-Item -Recurse -Force
        Remove-Item out -Recurse -Force -ErrorAction Ignore
    }
}
