#Requires -Version 7.6
<#
.SYNOPSIS
    Runs the Pester suite over the built module in this pwsh.
.DESCRIPTION
    Use a fresh pwsh for each run: an imported module stays loaded until its pwsh ends. Run it as root and as an ordinary
    user: a test with the tag Root takes root, one with the tag User an ordinary user, and to the other it is skipped.
    The last line counts the tests; the exit code is 1 when one failed or none passed.
.PARAMETER Path
    Test files, or folders of them; all of this folder by default.
.PARAMETER PesterPath
    The folder with the Pester.psd1 to use. Without it, the newest Pester that PowerShell finds.
.PARAMETER ModulePath
    The folder of the module under test, which PowerShell wants to have the module's name; out/NsModule by default.
.PARAMETER HelpPath
    The folder of the Markdown pages whose examples are run; docs by default.
.PARAMETER ResultPath
    A file for the results, to which they are appended after each test file: one JSON object a line for each test, with File, Name,
    Result (Passed, Failed, Skipped or NotRun), DurationMs, Message and Output. What fails outside a test has the file's name
    for its Name. The last line is { "Done": true, "Passed": n, "Failed": n, "Skipped": n }.
.PARAMETER Output
    How much Pester tells.
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Invoke-Tests.ps1
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Invoke-Tests.ps1 tests/Pester/Stop-NsProcess.Tests.ps1
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0, ValueFromRemainingArguments)]
    [string[]] $Path = $PSScriptRoot,

    [string] $PesterPath,

    [string] $ModulePath = "$PSScriptRoot/../../out/NsModule",

    [string] $HelpPath = "$PSScriptRoot/../../docs",

    [string] $ResultPath,

    [ValidateSet('None', 'Normal', 'Detailed', 'Diagnostic')]
    [string] $Output = 'Detailed'
)

$ErrorActionPreference = 'Stop'
$counts = @{ Passed = 0; Failed = 0; Skipped = 0; NotRun = 0 }

function Write-ResultLine {
    param($Value)
    if ($ResultPath) {
        [System.IO.File]::AppendAllText($ResultPath, (ConvertTo-Json $Value -Compress) + "`n")
    }
}

function Add-TestResult {
    param([string] $File, [string] $Name, [string] $Result, [timespan] $Duration, [string] $Message)
    # Terminal sequences are for terminals.
    $plain = [System.Management.Automation.Host.PSHostUserInterface]::GetOutputString($Message, $false)
    $times = $names[$Name] = 1 + $names[$Name]
    $counts[$Result]++
    Write-ResultLine ([ordered]@{
        File       = $File
        Name       = $times -eq 1 ? $Name : "$Name #$times"
        Result     = $Result
        DurationMs = [long]$Duration.TotalMilliseconds
        Message    = $plain
        Output     = ''
    })
}

# What went wrong, and where in the tests.
function Format-Problem {
    param($ErrorRecord)
    @(foreach ($record in $ErrorRecord | Where-Object { $_ }) {
            $record.Exception.Message
            $record.ScriptStackTrace -split "`n" |
                Where-Object { $_ -and $_ -notmatch '/(Pester(\.ScriptScope)?|Invoke-Tests)\.psm?1: line ' }
        }) -join "`n"
}

# Pester fills the data into the names of the tests that run.
function Get-TestName {
    param($Test)
    if ($Test.Executed) {
        return $Test.ExpandedPath
    }
    $data = $Test.Data
    [regex]::Replace($Test.ExpandedPath, '<(\w+)>', {
            $word = $args[0].Groups[1].Value
            $known = $data -is [System.Collections.IDictionary] -and $data.Contains($word)
            $word -eq '_' ? "$data" : $known ? "$($data[$word])" : $args[0].Value
        })
}

# The errors of the blocks around a test, the outermost first: a test in them fails without an error of its own.
function Get-BlockProblem {
    param($Block)
    if ($Block) {
        Get-BlockProblem $Block.Parent
        $Block.ErrorRecord
    }
}

function Invoke-TestFile {
    param([System.IO.FileInfo] $File)
    $names = @{}
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $File.FullName
    $configuration.Run.PassThru = $true
    $configuration.Filter.ExcludeTag = $otherTag
    $configuration.Output.Verbosity = $Output
    $run = Invoke-Pester -Configuration $configuration

    foreach ($test in $run.Tests) {
        $tags = @($test.Tag) + @(for ($block = $test.Block; $block; $block = $block.Parent) { $block.Tag })
        $result, $message = switch ($test) {
            { $_.Result -eq 'NotRun' -and $tags -contains $otherTag } { 'Skipped', $otherReason; break }
            { $_.Result -in 'Passed', 'NotRun' } { $_.Result, ''; break }
            { $_.Result -eq 'Skipped' } { 'Skipped', ("$($_.ErrorRecord.Exception.Message)" -replace '^is skipped, because '); break }
            default {
                $problems = @($_.ErrorRecord | Where-Object { $_ })
                'Failed', (Format-Problem ($problems.Count ? $problems : @(Get-BlockProblem $_.Block)))
            }
        }
        Add-TestResult $File.Name (Get-TestName $test) $result $test.Duration $message
    }

    $problems = @($run.FailedContainers.ErrorRecord) + @($run.FailedBlocks.ErrorRecord) | Where-Object { $_ }
    $message = Format-Problem $problems
    if (-not $message -and -not $run.Tests) {
        $message = 'There are no tests in this file.'
    }
    if (-not $message -and $run.Result -ne 'Passed' -and -not $run.Failed) {
        $message = "Pester says $($run.Result), and not why."
    }
    if ($message) {
        Add-TestResult $File.Name $File.Name Failed ([timespan]::Zero) $message
    }
}

try {
    # The suite starts many a pwsh: they send nothing to anybody, and do not prepare for a long life.
    $env:POWERSHELL_TELEMETRY_OPTOUT = 1
    $env:POWERSHELL_UPDATECHECK = 'Off'
    $env:DOTNET_TieredPGO = 0

    # Where PATH has a directory that this user may not search, a command that is not there gets EACCES (execvp(3)).
    $env:PATH = ($env:PATH -split ':' | Where-Object { [System.IO.Directory]::Exists($_) }) -join ':'

    $isRoot = (& id -u) -eq 0
    $otherTag, $otherReason = $isRoot ? ('User', 'takes an ordinary user') : ('Root', 'takes root')

    if ($PesterPath) {
        $manifest = Join-Path ([System.IO.Path]::GetFullPath($PesterPath, $PWD.ProviderPath)) Pester.psd1
        if (-not (Test-Path -LiteralPath $manifest)) {
            throw "There is no Pester in $PesterPath`: no file Pester.psd1. Say with -PesterPath in which folder it is."
        }
        Import-Module $manifest
    }
    elseif (Get-Module Pester -ListAvailable | Where-Object Version -GE 5.0) {
        Import-Module Pester -MinimumVersion 5.0
    }
    else {
        throw 'There is no Pester here. Say with -PesterPath in which folder its Pester.psd1 is.'
    }

    $global:NsModuleUnderTest = [System.IO.Path]::GetFullPath($ModulePath, $PWD.ProviderPath).TrimEnd('/')
    $global:NsModuleHelp = [System.IO.Path]::GetFullPath($HelpPath, $PWD.ProviderPath)
    if ((Split-Path -Leaf $NsModuleUnderTest) -ne 'NsModule' -or -not (Test-Path -LiteralPath "$NsModuleUnderTest/NsModule.psd1")) {
        throw "There is no module NsModule in $NsModuleUnderTest. Build it (dotnet build src/NsModule)," +
            ' or say with -ModulePath where it is.'
    }
    if ($ResultPath) {
        $ResultPath = [System.IO.Path]::GetFullPath($ResultPath, $PWD.ProviderPath)
    }

    $files = Get-ChildItem -Path $Path -Filter *.Tests.ps1 -File -Recurse | Sort-Object FullName -Unique
    foreach ($file in $files) {
        Invoke-TestFile $file
    }
    if (-not $files) {
        throw "There are no tests in $Path."
    }
}
catch {
    Write-Host ($_ | Out-String)
    $names = @{}
    Add-TestResult Invoke-Tests.ps1 Invoke-Tests.ps1 Failed ([timespan]::Zero) (Format-Problem $_)
}

Write-ResultLine ([ordered]@{ Done = $true; Passed = $counts.Passed; Failed = $counts.Failed; Skipped = $counts.Skipped })
Write-Host "Pester: $($counts.Skipped) skipped"
Write-Host "Pester: $($counts.Passed) passed, $($counts.Failed) failed"
exit [int]($counts.Failed -ne 0 -or $counts.Passed -eq 0)
