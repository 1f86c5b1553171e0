#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the Pester suite over the built module, out/NsModule, in this pwsh.
.DESCRIPTION
    Use a fresh pwsh for each run: an imported module stays loaded until its pwsh ends. The last line counts the tests;
    the exit code is 1 when one failed or none ran.
.PARAMETER Path
    Test files; all of this folder by default.
.PARAMETER Output
    How much Pester tells.
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Invoke-Tests.ps1
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Invoke-Tests.ps1 tests/Pester/Stop-NsProcess.Tests.ps1
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [string[]] $Path = $PSScriptRoot,

    [ValidateSet('None', 'Normal', 'Detailed', 'Diagnostic')]
    [string] $Output = 'Detailed'
)

$ErrorActionPreference = 'Stop'
$passed = 0
$failed = 1
try {
    Import-Module Pester -MinimumVersion 5.0
    if (-not (Get-Command tmux -CommandType Application -ErrorAction Ignore)) {
        Write-Host 'SKIPPED: the tests at a real terminal, because tmux is not on this machine.'
    }

    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $Path
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = $Output
    $result = Invoke-Pester -Configuration $configuration
    $passed = $result.PassedCount
    $failed = $result.FailedCount
    if ($failed -eq 0 -and ($result.Result -ne 'Passed' -or $passed -eq 0)) {
        # A file that cannot be read, or nothing to run: no test has failed, and nothing is proven.
        $failed = 1
    }
}
catch {
    Write-Host ($_ | Out-String)
}

Write-Host "Pester: $passed passed, $failed failed"
exit [int]($failed -ne 0)
