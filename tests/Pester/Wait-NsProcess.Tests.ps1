BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    # A session that ends when the file is made.
    function New-WaitingSession {
        param([string] $File)
        Start-NsProcess sh -ArgumentList '-c',
            'while ! [ -e "$until" ]; do sleep 0.05; done; exit 3' -Environment @{ until = $File } -Name (New-SessionName)
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Wait-NsProcess' {
    It 'waits for the end and returns the session' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'sleep 0.3; exit 3' -Name (New-SessionName) | Wait-NsProcess
        $session | Should -BeOfType NsModule.NsSession
        $session.State | Should -Be Exited
        $session.ExitCode | Should -Be 3
    }

    It 'takes the <Case>' -ForEach @(
        @{ Case = 'id'; Argument = { $args[0].Id } }
        @{ Case = 'beginning of the id'; Argument = { $args[0].Id.Substring(0, 11) } }
        @{ Case = 'name'; Argument = { $args[0].Name } }
        @{ Case = 'name with a wildcard'; Argument = { $args[0].Name + '*' } }
        @{ Case = 'deserialized object'
            Argument = { $file = Join-Path $TestDrive s.xml; $args[0] | Export-Clixml $file; Import-Clixml $file } }
    ) {
        $session = Start-NsProcess true -Name (New-SessionName)
        (Wait-NsProcess (& $Argument $session)).Id | Should -Be $session.Id
        (& $Argument $session | Wait-NsProcess).Id | Should -Be $session.Id
    }

    It 'takes the parameter -<_>' -ForEach 'Session', 'Id', 'Name' {
        $session = Start-NsProcess true -Name (New-SessionName)
        $parameters = @{ $_ = $session.Name }
        (Wait-NsProcess @parameters).Id | Should -Be $session.Id
    }

    It 'waits for all, and returns each as it ends' {
        $slow = New-WaitingSession $TestDrive/slow
        $fast = Start-NsProcess true -Name (New-SessionName)
        $ids = $slow, $fast | Wait-NsProcess | ForEach-Object {
            # The pipeline goes on while the other one still runs.
            if ($_.Id -eq $fast.Id) { New-Item $TestDrive/slow }
            $_
        } | Where-Object { $_ -isnot [System.IO.FileInfo] } | ForEach-Object Id
        $ids | Should -Be $fast.Id, $slow.Id
    }

    It 'returns with -Any when the first has ended' {
        $running = New-TestSession
        $fast = Start-NsProcess true -Name (New-SessionName)
        (Wait-NsProcess $running, $fast -Any).Id | Should -Be $fast.Id
        $running.State | Should -Be Running
    }

    It 'says WaitTimeout, OperationTimeout with -<_>, and the session runs on' -ForEach 'TimeoutSec', 'Timeout', 'TimeoutSeconds' {
        $running = New-TestSession
        $parameters = @{ $_ = 0.1 }
        Wait-NsProcess $running @parameters -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'WaitTimeout,NsModule.Commands.WaitNsProcessCommand'
        $problems[0].CategoryInfo.Category | Should -Be OperationTimeout
        $problems[0].TargetObject.Id | Should -Be $running.Id
        $running.State | Should -Be Running
    }

    It 'has one such error for each session that has not ended, and returns the others' {
        $running = 1..3 | ForEach-Object { New-TestSession }
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        (@($running) + $ended | Wait-NsProcess -TimeoutSec 0.1 -ErrorVariable problems -ErrorAction SilentlyContinue).Id |
            Should -Be $ended.Id
        $problems | Should -HaveCount 3
    }

    It 'looks once with -TimeoutSec 0' {
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        (Wait-NsProcess $ended -TimeoutSec 0 -ErrorAction Stop).Id | Should -Be $ended.Id
        { Wait-NsProcess (New-TestSession) -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'WaitTimeout,*'
    }

    It 'says InvalidTimeout, InvalidArgument for <_> seconds' -ForEach (-5), (-0.5), ([double]::NaN), ([double]::PositiveInfinity) {
        $thrown = { Wait-NsProcess x -TimeoutSec $_ } | Should -Throw -ErrorId 'InvalidTimeout,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidArgument
    }

    It 'says SessionNotFound for one that is not there' {
        { Wait-NsProcess "$(New-SessionName)" -ErrorAction Stop } |
            Should -Throw -ErrorId 'SessionNotFound,NsModule.Commands.WaitNsProcessCommand'
    }

    It 'has nothing to wait for where a wildcard fits nothing' {
        Wait-NsProcess "$(New-SessionName)*" -Any | Should -BeNullOrEmpty
    }

    It 'ends when its supervisor is killed' {
        $session = New-TestSession
        $job = Start-ThreadJob { Import-Module $using:ModulePath; Wait-NsProcess $using:session }
        Wait-Condition { $job.State -eq 'Running' }
        kill -9 $session.SupervisorProcessId
        ($job | Receive-Job -Wait -AutoRemoveJob).State | Should -Be Lost
    }

    It 'ends when the pipeline is stopped, and the session runs on' -ForEach @(
        @{ Case = 'Wait-NsProcess'
            Command = { param($module, $name) Import-Module $module; Wait-NsProcess (Start-NsProcess sleep 1000 -Name $name) } }
        @{ Case = 'Start-NsProcess -Wait'
            Command = { param($module, $name) Import-Module $module; Start-NsProcess sleep 1000 -Name $name -Wait } }
    ) {
        $name = New-SessionName
        $shell = [powershell]::Create().AddScript($Command).AddArgument($ModulePath).AddArgument($name)
        try {
            $running = $shell.BeginInvoke()
            Wait-Condition { (Get-NsProcess "$name*").State -eq 'Running' } -Because 'the session runs'
            $shell.Stop()
            $running.IsCompleted | Should -BeTrue
            $shell.InvocationStateInfo.State | Should -Be Stopped
            (Get-NsProcess $name).State | Should -Be Running
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'shows how many of several have ended, and <Command> does, too' -ForEach @(
        @{ Command = 'Wait-NsProcess'; Script = { param($module, $names) Import-Module $module; Wait-NsProcess $names } }
        @{ Command = 'Stop-NsProcess'; Script = { param($module, $names) Import-Module $module; Stop-NsProcess $names -Force } }
    ) {
        $names = 1..3 | ForEach-Object { (Start-NsProcess sleep ($Command -like 'Wait*' ? 0.5 : 1000) -Name (New-SessionName)).Name }
        $shell = [powershell]::Create().AddScript($Script).AddArgument($ModulePath).AddArgument($names)
        try {
            $null = $shell.Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            $told = $shell.Streams.Progress | Where-Object Activity -EQ $Command
            $told[-1].StatusDescription | Should -Be '3 of 3 sessions have ended.'
            $told.RecordType | Select-Object -Unique | Should -Be 'Processing', 'Completed'
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'shows nothing of one' {
        $session = Start-NsProcess true -Name (New-SessionName)
        $shell = [powershell]::Create().AddScript({ param($module, $id) Import-Module $module; Wait-NsProcess $id })
        try {
            $null = $shell.AddArgument($ModulePath).AddArgument($session.Id).Invoke()
            $shell.Streams.Progress | Where-Object Activity -EQ 'Wait-NsProcess' | Should -BeNullOrEmpty
        }
        finally {
            $shell.Dispose()
        }
    }
}
