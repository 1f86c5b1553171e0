BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Stop-NsProcess' {
    BeforeEach {
        $session = New-TestSession
        $name = $session.Name
    }

    Context 'Which sessions' {
        It 'takes the <Case>, as argument and from the pipeline' -ForEach @(
            @{ Case = 'object'; Argument = { $args[0] } }
            @{ Case = 'id'; Argument = { $args[0].Id } }
            @{ Case = 'beginning of the id'; Argument = { $args[0].Id.Substring(0, 11) } }
            @{ Case = 'name'; Argument = { $args[0].Name } }
            @{ Case = 'name with a wildcard'; Argument = { $args[0].Name + '*' } }
            @{ Case = 'deserialized object'
                Argument = { $file = Join-Path $TestDrive s.xml; $args[0] | Export-Clixml $file; Import-Clixml $file } }
        ) {
            Stop-NsProcess (& $Argument $session)
            $session.State | Should -Be Exited
            $second = New-TestSession
            & $Argument $second | Stop-NsProcess
            $second.State | Should -Be Exited
        }

        It 'takes the parameter -<_>' -ForEach 'Session', 'Id', 'Name' {
            $parameters = @{ $_ = $session.Name }
            Stop-NsProcess @parameters
            $session.State | Should -Be Exited
        }

        It 'takes one that comes out of a background job' {
            $other = New-SessionName
            $fromJob = Start-Job { Import-Module $using:ModulePath; Start-NsProcess sleep 1000 -Name $using:other } |
                Receive-Job -Wait -AutoRemoveJob
            ($fromJob | Stop-NsProcess -PassThru).State | Should -Be Exited
        }

        It 'takes what Get-NsProcess gives' {
            Get-NsProcess $name | Stop-NsProcess
            $session.State | Should -Be Exited
        }

        It 'stops none when several begin so' {
            $several = 1..17 | ForEach-Object { New-TestSession }
            try {
                $digit = ($several | Group-Object { $_.Id[0] } | Where-Object Count -GT 1)[0].Name
                { Stop-NsProcess "$digit" -ErrorAction Stop } |
                    Should -Throw -ErrorId 'SessionAmbiguous,NsModule.Commands.StopNsProcessCommand'
                $several.State | Sort-Object -Unique | Should -Be Running
            }
            finally {
                $several | Remove-NsProcess -Force
            }
        }

        It 'says SessionNotFound for each that is not there, and stops the others' {
            Stop-NsProcess "$name-none", $name -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems | Should -HaveCount 1
            $problems[0].FullyQualifiedErrorId | Should -Be 'SessionNotFound,NsModule.Commands.StopNsProcessCommand'
            $problems[0].CategoryInfo.Category | Should -Be ObjectNotFound
            $session.State | Should -Be Exited
        }

        It 'finds nothing for a wildcard that fits nothing' {
            { Stop-NsProcess "$name-none*" -ErrorAction Stop } | Should -Not -Throw
        }

        It 'refuses nothing at all' {
            { Stop-NsProcess $null } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
            { Stop-NsProcess '' -ErrorAction Stop } | Should -Throw
            $session.State | Should -Be Running
        }
    }

    Context 'How' {
        It 'returns nothing, and the session with -PassThru' {
            Stop-NsProcess $session | Should -BeNullOrEmpty
            $second = New-TestSession
            $passed = Stop-NsProcess $second -PassThru
            $passed | Should -BeOfType NsModule.NsSession
            $passed.Id | Should -Be $second.Id
            $passed.State | Should -Be Exited
        }

        It 'sends SIGTERM' {
            Stop-NsProcess $session
            $session.ExitCode | Should -Be 143
        }

        It 'ends an interactive shell, which ignores SIGTERM' {
            $shell = Start-NsProcess -Name (New-SessionName)
            # While it starts it does not ignore it yet. What is typed differs from what is shown by its quotes.
            Send-NsInput $shell 'echo "re""ady"' -Line
            $null = Wait-NsOutput $shell -Pattern 'ready' -TimeoutSec $Patience
            Stop-NsProcess $shell -GracePeriodSec $Patience
            $shell.State | Should -Be Exited
            $shell.ExitCode | Should -Be 129
        }

        It 'kills at once with -Force' {
            Stop-NsProcess $session -Force
            $session.ExitCode | Should -Be 137
        }

        It 'kills after the grace period what does not end, with all its processes' {
            $stubborn = Start-NsProcess sh -ArgumentList '-c',
                "trap '' TERM HUP; echo ready >`"`$out`"; while :; do sleep 1000; done" -Name (New-SessionName) -Environment @{
                    out = "$TestDrive/ready"
                }
            Wait-Condition { Test-Path $TestDrive/ready }
            Stop-NsProcess $stubborn -GracePeriodSec 0.2
            $stubborn.ExitCode | Should -Be 137
            Test-Process $stubborn.InitProcessId | Should -BeFalse
        }

        It 'lets the command end by itself in the grace period' {
            $polite = Start-NsProcess sh -ArgumentList '-c',
                "trap 'exit 5' TERM HUP; echo ready >`"`$out`"; while :; do sleep 0.1; done" -Name (New-SessionName) -Environment @{
                    out = "$TestDrive/ready2"
                }
            Wait-Condition { Test-Path $TestDrive/ready2 }
            Stop-NsProcess $polite -GracePeriodSec $Patience
            $polite.ExitCode | Should -Be 5
        }

        It 'sends the signal <_>' -ForEach 'INT', 'SIGINT', 'int', '2' {
            Stop-NsProcess $session -Signal $_ -GracePeriodSec $Patience
            $session.ExitCode | Should -Be 130
        }

        It 'says InvalidSignal, InvalidArgument for <_>' -ForEach 'FOO', '0', '65', '-1', 'SIG' {
            $thrown = { Stop-NsProcess $session -Signal $_ } |
                Should -Throw -ErrorId 'InvalidSignal,NsModule.Commands.StopNsProcessCommand' -PassThru
            $thrown.CategoryInfo.Category | Should -Be InvalidArgument
            $session.State | Should -Be Running
        }

        It 'says InvalidTimeout, InvalidArgument for a grace period of <_>' -ForEach (-1), ([double]::NaN), ([double]::PositiveInfinity) {
            $thrown = { Stop-NsProcess $session -GracePeriodSec $_ } | Should -Throw -ErrorId 'InvalidTimeout,*' -PassThru
            $thrown.CategoryInfo.Category | Should -Be InvalidArgument
        }

        It 'has no error for one that has ended' {
            Stop-NsProcess $session -Force
            { Stop-NsProcess $session -ErrorAction Stop } | Should -Not -Throw
            (Stop-NsProcess $session.Id -PassThru).ExitCode | Should -Be 137
        }

        It 'stops several at the same time' {
            # Each ends when all have been told to; one after the other, the first would wait out its grace period and be killed.
            $polite = 'told() { : >"$told/$number"; while [ "$(ls "$told" | wc -l)" -lt 5 ]; do sleep 0.05; done; exit 5; }
                trap told TERM HUP; echo ready; while :; do sleep 0.05; done'
            $told = (New-Item -ItemType Directory $TestDrive/told).FullName
            $several = 1..5 | ForEach-Object {
                Start-NsProcess sh -ArgumentList '-c', $polite -Name (New-SessionName) -Environment @{ told = $told; number = $_ }
            }
            $several | ForEach-Object { $null = Wait-NsOutput $_ ready -TimeoutSec $Patience -ErrorAction Stop }
            $several | Stop-NsProcess -GracePeriodSec 30
            $several.ExitCode | Should -Be 5, 5, 5, 5, 5
        }
    }

    Context 'ShouldProcess' {
        It 'stops nothing with -WhatIf' {
            Stop-NsProcess $session -WhatIf -PassThru | Should -BeNullOrEmpty
            $session.State | Should -Be Running
        }

        It 'asks with -Confirm' {
            Invoke-Pwsh "Stop-NsProcess $name -Confirm" | Out-String | Should -Match 'NonInteractive'
            $session.State | Should -Be Running
        }

        It 'asks nothing with -Confirm:$false' {
            $ConfirmPreference = 'Low'
            Stop-NsProcess $session -Confirm:$false
            $session.State | Should -Be Exited
        }
    }
}
