BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Get-Job | Remove-Job -Force
    Remove-TestSession
}

Describe 'Start-NsProcess -AsJob' {
    It 'returns a job that Get-, Wait-, Receive- and Remove-Job know' {
        $job = Start-NsProcess -AsJob -Name (New-SessionName) sh '-c' 'printf "\033[1mone\033[0m\ntwo"; exit 3'
        $job | Should -BeOfType [System.Management.Automation.Job]
        $job.Name | Should -Be $job.Session.Name
        (Get-Job $job.Name).Id | Should -Be $job.Id
        (Wait-Job $job -Timeout $Patience).State | Should -Be Completed
        $job.ExitCode | Should -Be 3
        Receive-Job $job -Keep | Should -Be 'one', 'two'
        Receive-Job $job | Should -Be 'one', 'two'
        Receive-Job $job | Should -BeNullOrEmpty
        Remove-Job $job
        Get-Job | Where-Object Id -EQ $job.Id | Should -BeNullOrEmpty
        $job.Session.ExitCode | Should -Be 3
        Get-NsProcess "$($job.Session.Name)*" | Should -BeNullOrEmpty
    }

    It 'hands lines out as they come' {
        $job = Start-NsProcess -AsJob -Name (New-SessionName) sh '-c' 'stty -echo; echo one; read x; echo two'
        Wait-Condition { Receive-Job $job } | Should -Be one
        $job.State | Should -Be Running
        Send-NsInput $job.Session go -Line
        Receive-Job $job -Wait -AutoRemoveJob | Should -Be two
    }

    It 'loses nothing of much output' {
        $job = Start-NsProcess -AsJob -Wait -Name (New-SessionName) seq 100000
        $job.State | Should -Be Completed
        $lines = Receive-Job $job
        $lines.Count | Should -Be 100000
        $lines[0], $lines[50000], $lines[-1] | Should -Be '1', '50001', '100000'
    }

    It 'ends the session with Stop-Job, and says so in an event' {
        $job = Start-NsProcess -AsJob -Name (New-SessionName) sleep 1000
        $null = Register-ObjectEvent $job StateChanged -SourceIdentifier $job.Name
        try {
            Stop-Job $job
            $job.State | Should -Be Stopped
            $job.Session.State | Should -Be Exited
            (Wait-Event $job.Name -Timeout $Patience).SourceEventArgs.JobStateInfo.State | Should -Be Stopped
        }
        finally {
            Unregister-Event $job.Name
        }
        Stop-Job $job
    }

    It 'leaves the session running when the job was only removed by the end of its pwsh' {
        $name = New-SessionName
        Invoke-Pwsh "`$null = Start-NsProcess -AsJob -Name $name sleep 1000" | Should -BeNullOrEmpty
        (Get-NsProcess $name).State | Should -Be Running
    }

    It 'is Failed with <Id> when <Case>' -ForEach @(
        @{ Case = 'the time is over'; Id = 'SessionTimedOut'; Timeout = 0.1; Kill = $false }
        @{ Case = 'the session is lost'; Id = 'SessionLost'; Timeout = 0; Kill = $true }
    ) {
        $job = Start-NsProcess -AsJob -Name (New-SessionName) -TimeoutSec $Timeout sleep 1000
        if ($Kill) {
            Stop-Process -Id $job.Session.SupervisorProcessId -Force
        }
        (Wait-Job $job -Timeout $Patience).State | Should -Be Failed
        { Receive-Job $job -ErrorAction Stop } | Should -Throw -ErrorId "$Id*"
    }

    It 'is no job when the launch fails' {
        $before = @(Get-Job).Count
        { Start-NsProcess -AsJob /no/such/command } | Should -Throw -ErrorId 'CommandNotFound,*'
        @(Get-Job).Count | Should -Be $before
    }
}

Describe 'Register-ObjectEvent Exited' {
    It 'comes with the exit code' {
        $session = Start-NsProcess -Name (New-SessionName) sh '-c' 'read x; exit 7'
        $null = Register-ObjectEvent $session Exited -SourceIdentifier $session.Name
        try {
            Send-NsInput $session go -Line
            $event = Wait-Event $session.Name -Timeout $Patience
            $event.Sender.Id | Should -Be $session.Id
            $event.SourceEventArgs.ExitCode | Should -Be 7
            $event.SourceEventArgs.State | Should -Be Exited
        }
        finally {
            Unregister-Event $session.Name
        }
    }

    It 'comes for a session that had ended before' {
        $session = Start-NsProcess -Wait -Name (New-SessionName) true
        $null = Register-ObjectEvent $session Exited -SourceIdentifier $session.Name
        try {
            (Wait-Event $session.Name -Timeout $Patience).SourceEventArgs.ExitCode | Should -Be 0
        }
        finally {
            Unregister-Event $session.Name
        }
    }
}

Describe 'Several runspaces' {
    It 'do not get each other''s sessions and output' {
        $prefix = New-SessionName
        $results = 1..12 | ForEach-Object -ThrottleLimit 6 -Parallel {
            Import-Module $using:ModulePath
            $session = Start-NsProcess -Name "$using:prefix-$_" sh '-c' "stty -echo; echo ready; read x; echo got `$x $_; exit $_"
            $null = Wait-NsOutput $session ready -TimeoutSec $using:Patience
            Send-NsInput $session "line$_" -Line
            $ended = Wait-NsProcess $session -TimeoutSec $using:Patience
            "$_ $($ended.ExitCode) $((Receive-NsOutput $session).Text[-1])"
        }
        $results | Sort-Object | Should -Be (1..12 | ForEach-Object { "$_ $_ got line$_ $_" } | Sort-Object)
    }

    It 'may all stop and wait at once' {
        $sessions = 1..6 | ForEach-Object { New-TestSession }
        $waiting = 1..4 | ForEach-Object {
            $wait = { Import-Module $using:ModulePath; (Wait-NsProcess $args[0] -TimeoutSec $using:Patience).Count }
            Start-ThreadJob $wait -ArgumentList (, $sessions.Id) -ThrottleLimit 10
        }
        $sessions | ForEach-Object -Parallel { Import-Module $using:ModulePath; $_ | Stop-NsProcess }
        $waiting | Receive-Job -Wait -AutoRemoveJob | Should -Be 6, 6, 6, 6
    }

    It 'stop waiting with Stop-Job' {
        $session = New-TestSession
        $job = Start-ThreadJob { Import-Module $using:ModulePath; 'begun'; Wait-NsProcess $args[0] } -ArgumentList $session.Id
        $null = Wait-Condition { Receive-Job $job }
        Stop-Job $job
        $job.State | Should -Be Stopped
        $session.State | Should -Be Running
    }
}
