#Requires -Version 7.6
<#
.SYNOPSIS
    Builds, tests, packs and measures NsModule.
.DESCRIPTION
    Thin over dotnet: the projects know how they are built.
.PARAMETER Task
    Build: out/NsModule, importable. Test: all tests. Package: out/NsModule.VERSION.nupkg for Install-PSResource, with agents for x64 and
    arm64, and the folder that is in it, out/package/NsModule. Bench: the benchmarks. Clean: everything that was built.
.PARAMETER ProjectUri
    Where the project is at home, for the package.
.EXAMPLE
    ./build.ps1; Import-Module ./out/NsModule; Enter-NsTerminal -Hostname demo
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Package', 'Bench', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [uri] $ProjectUri
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location $PSScriptRoot

switch ($Task) {
    'Build' { dotnet build src/NsModule -c $Configuration }
    'Test' { dotnet test -c $Configuration }
    'Package' {
        # Laid out afresh, so that nothing of an earlier build is in it.
        $folder = "$PSScriptRoot/out/package/NsModule"
        Remove-Item $folder -Recurse -Force -ErrorAction Ignore
        dotnet build src/NsModule -c Release "-p:ModuleOutput=$folder/"

        $compilers = @{ x64 = 'x86_64-linux-gnu-gcc'; arm64 = 'aarch64-linux-gnu-gcc' }
        $own = "$([System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture)".ToLowerInvariant()
        foreach ($architecture in $compilers.Keys | Where-Object { $_ -ne $own }) {
            $compiler = $compilers[$architecture]
            if (-not (Get-Command $compiler -CommandType Application -ErrorAction Ignore)) {
                Write-Warning "The package is for $own only. Left out: $architecture, for which $compiler is needed (see CONTRIBUTING.md)."
                continue
            }
            $native = New-Item -ItemType Directory -Force "$folder/runtimes/linux-$architecture/native"
            $published = "$PSScriptRoot/out/cross/publish/$architecture"
            dotnet publish src/NsAgent -c Release "-p:NsArchitecture=$architecture" -o $published
            Copy-Item "$published/ns-agent" $native
        }
        if (-not $ProjectUri) {
            Write-Warning 'The package names no place of the project. Say it with -ProjectUri.'
        }
        & "$PSScriptRoot/src/NsModule/New-Package.ps1" -Path $folder -DestinationPath "$PSScriptRoot/out" -ProjectUri $ProjectUri
    }
    'Bench' { dotnet run -c Release --project bench }
    'Clean' {
        Get-ChildItem -Recurse -Directory -Include bin, obj | Remove-Item -Recurse -Force
        Remove-Item out -Recurse -Force -ErrorAction Ignore
    }
}
