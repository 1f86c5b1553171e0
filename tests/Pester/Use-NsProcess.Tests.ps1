BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Use-NsProcess' {
    BeforeEach {
        $name = New-SessionName
    }

    AfterEach {
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }

    It 'hands the session over, returns what the script block does, and leaves nothing' {
        $seen = @{}
        $result = Use-NsProcess {
            param($session)
            $seen.Pid = $session.ProcessId
            (Wait-NsOutput $session 'up' -TimeoutSec $Patience -ErrorAction Stop).Match
            $session.State
        } sh '-c' 'echo up; sleep 1000' -Name $name
        $result | Should -Be 'up', 'Running'
        Test-Process $seen.Pid | Should -BeFalse
    }

    It 'starts a shell where no command is named' {
        Use-NsProcess -Name $name { param($session) $session.FilePath } | Should -Match '/(ba)?sh$'
    }

    It 'ends and removes whatever happens: <Case>' -ForEach @(
        @{ Case = 'it throws'; Body = { param($session) throw 'oh' }; Message = 'oh' }
        @{ Case = 'an error with Stop'; Body = { param($session) Get-Item /not-there -ErrorAction Stop }; Message = '*/not-there*' }
        @{ Case = 'an assertion'; Body = { param($session) $session.State | Should -Be Exited }; Message = 'Expected*' }
        @{ Case = 'the session is ended in it'; Body = { param($session) $session | Stop-NsProcess -Force; throw 'x' }; Message = 'x' }
    ) {
        { Use-NsProcess $Body sleep 1000 -Name $name } | Should -Throw -ExpectedMessage $Message
    }

    It 'lets continue and break leave it' {
        $done = foreach ($i in 1..4) {
            Use-NsProcess { if ($i -eq 2) { continue }; if ($i -eq 4) { break }; $i } sleep 1000 -Name $name
        }
        $done | Should -Be 1, 3
    }

    It 'hands out output as it comes' {
        Use-NsProcess { 1; 2; throw 'after what Select-Object took' } sleep 1000 -Name $name | Select-Object -First 1 | Should -Be 1
    }

    It 'does not run the script block where the launch fails' {
        { Use-NsProcess { throw 'it ran' } not-there -Name $name } | Should -Throw -ErrorId 'CommandNotFound,*'
    }

    It 'takes a script block as the command, too' {
        Use-NsProcess { param($session) $session.ArgumentList } { sleep 1000 } -Name $name | Should -Be '1000'
    }

    It 'ends the session where PowerShell is killed in it' {
        $script = "Import-Module '$ModulePath'; " +
            "Use-NsProcess { param(`$s) [Console]::Out.WriteLine(`$s.ProcessId); Start-Sleep 1000 } sleep 1000 -Name $name"
        $start = [System.Diagnostics.ProcessStartInfo]::new($Pwsh[0])
        $start.RedirectStandardOutput = $true
        foreach ($word in @($Pwsh | Select-Object -Skip 1) + '-NoProfile', '-NonInteractive', '-Command', $script) {
            $start.ArgumentList.Add($word)
        }
        $process = [System.Diagnostics.Process]::Start($start)
        $id = $process.StandardOutput.ReadLine()
        Test-Process $id | Should -BeTrue
        $process.Kill()
        $process.WaitForExit()
        Wait-Condition { -not (Test-Process $id) } | Should -BeTrue
        Wait-Condition { -not (Get-NsProcess "$name*") } | Should -BeTrue
    }
}
