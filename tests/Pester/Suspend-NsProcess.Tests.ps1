BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    function Get-ProcessState {
        param([int] $Id)
        ([System.IO.File]::ReadAllText("/proc/$Id/stat") -replace '^.*\) ')[0]
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Suspend-NsProcess and Resume-NsProcess' {
    BeforeEach {
        $session = New-TestSession
    }

    It 'stops the session, and lets it go on' {
        Suspend-NsProcess $session | Should -BeNullOrEmpty
        $session.State | Should -Be Suspended
        Get-ProcessState $session.ProcessId | Should -Be T
        Resume-NsProcess $session | Should -BeNullOrEmpty
        $session.State | Should -Be Running
        Wait-Condition { (Get-ProcessState $session.ProcessId) -ne 'T' } | Should -BeTrue
    }

    It 'takes sessions from the pipeline, by name, and returns them with -PassThru' {
        ($session | Suspend-NsProcess -PassThru).State | Should -Be Suspended
        (Resume-NsProcess $session.Name -PassThru).State | Should -Be Running
        (Get-NsProcess $session.Id | Suspend-NsProcess -PassThru).Id | Should -Be $session.Id
    }

    It 'may be done twice' {
        $session | Suspend-NsProcess
        $session | Suspend-NsProcess -ErrorAction Stop
        $session | Resume-NsProcess
        $session | Resume-NsProcess -ErrorAction Stop
        $session.State | Should -Be Running
    }

    It 'does nothing with -WhatIf' {
        $session | Suspend-NsProcess -WhatIf
        $session.State | Should -Be Running
    }

    It 'leaves Stop-NsProcess and Remove-NsProcess working' {
        $other = New-TestSession
        $session, $other | Suspend-NsProcess
        Stop-NsProcess $session -GracePeriodSec 1000
        $session.ExitCode | Should -Be 129
        Remove-NsProcess $other -Force
        Get-NsProcess "$($other.Name)*" | Should -BeNullOrEmpty
    }

    It 'says SessionEnded and SessionNotFound' {
        $session | Stop-NsProcess
        foreach ($command in 'Suspend-NsProcess', 'Resume-NsProcess') {
            { & $command $session -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
            { & $command not-there -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        }
    }
}
