# Dot-sourced by every test file: imports the staged module, and helps with sessions that only this test run sees.

$ErrorActionPreference = 'Stop'
$ModulePath = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../../out/NsModule")
Import-Module $ModulePath

$Pwsh = (Get-Process -Id $PID).Path

# The sessions of a run are told from others on the machine by their names.
$SessionPrefix = "pester$PID-"

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
        [double] $TimeoutSec = 20,
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

# A command line in a new pwsh with the module imported; its input is the pipeline's.
function Invoke-Pwsh {
    param(
        [Parameter(Mandatory)] [string] $Command,
        [Parameter(ValueFromPipeline)] [string] $InputText
    )
    $script = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).ps1"
    Set-Content $script "Import-Module '$ModulePath'`n$Command"
    $InputText | & $Pwsh -NoProfile -NonInteractive -File $script 2>&1
}
