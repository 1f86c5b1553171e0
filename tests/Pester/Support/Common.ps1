# Dot-sourced by every test file: imports the module under test, and helps with sessions that only this test file sees.

$ErrorActionPreference = 'Stop'
# Invoke-Tests.ps1 says which module it is; without it, the one that the build has staged.
$ModulePath = $global:NsModuleUnderTest ?? [System.IO.Path]::GetFullPath("$PSScriptRoot/../../../out/NsModule")
Import-Module $ModulePath

# Another pwsh is started as this one was: as a program of its own, or as dotnet with pwsh.dll.
$Pwsh = @([System.Environment]::ProcessPath)
if ((Split-Path -Leaf $Pwsh[0]) -eq 'dotnet') {
    $Pwsh += "$PSHOME/pwsh.dll"
}

# The sessions of a test file are told from all others on the machine by their names.
$SessionPrefix = "pester-$([guid]::NewGuid().ToString('N').Substring(0, 8))-"

# Nothing asserts on time: who waits this long (in seconds) has failed, on however slow a machine.
$Patience = 120

function New-SessionName {
    "$SessionPrefix$([guid]::NewGuid().ToString('N').Substring(0, 8))"
}

# A session that runs until it is stopped.
function New-TestSession {
    param([string] $Name = (New-SessionName))
    Start-NsProcess sleep 1000 -Name $Name
}

function Remove-TestSession {
    Get-NsProcess "$SessionPrefix*" | Remove-NsProcess -Force
}

# Polls until the condition gives something, and returns that; throws at the deadline.
function Wait-Condition {
    param(
        [Parameter(Mandatory)] [scriptblock] $Condition,
        [double] $TimeoutSec = $Patience,
        [string] $Because = "$Condition"
    )
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $value = & $Condition
        if ($value) {
            return $value
        }
        if ($watch.Elapsed.TotalSeconds -gt $TimeoutSec) {
            throw "Not within $TimeoutSec seconds: $Because"
        }
        [System.Threading.Thread]::Sleep(30)
    }
}

function Test-Process {
    param([int] $Id)
    [System.IO.Directory]::Exists("/proc/$Id")
}

# A command line in a new pwsh with the module imported; its input is the pipeline's. What is in -Through starts it:
# a program that changes something for it and then executes its arguments.
function Invoke-Pwsh {
    param(
        [Parameter(Mandatory)] [string] $Command,
        [Parameter(ValueFromPipeline)] [string] $InputText,
        [string[]] $Through
    )
    $script = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).ps1"
    Set-Content $script "Import-Module '$ModulePath'`n$Command"
    $program, $arguments = @($Through) + $Pwsh + '-NoProfile', '-NonInteractive', '-File', $script | Where-Object { $_ }
    $InputText | & $program @arguments 2>&1
}

# For -Through: a place for sessions that nobody else has. Who lists or stops all sessions does it there.
function Get-OwnStore {
    if ((id -u) -eq 0) {
        'unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs -o mode=0755 tmpfs /run && exec "$@"', 'sh'
    }
    else {
        'env', "XDG_RUNTIME_DIR=$((New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName)"
    }
}
