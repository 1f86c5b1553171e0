BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Start-NsProcess' {
    BeforeEach {
        $name = New-SessionName
        $file = Join-Path $TestDrive $name
    }

    AfterEach {
        Get-NsProcess "$name*" | Remove-NsProcess -Force
    }

    Context 'What it returns' {
        It 'returns the session at once' {
            $before = [datetime]::Now
            $session = Start-NsProcess sleep 1000 -Name $name -Hostname demo

            $session | Should -BeOfType NsModule.NsSession
            $session.Id | Should -MatchExactly '^[0-9a-f]{12}$'
            $session.Name | Should -BeExactly $name
            $session.Hostname | Should -BeExactly demo
            $session.State | Should -Be Running
            $session.ExitCode | Should -BeNullOrEmpty
            $session.ExitTime | Should -BeNullOrEmpty
            $session.TimedOut | Should -BeFalse
            $session.AttachedClients | Should -Be 0
            $session.StartTime | Should -BeGreaterThan ($before.AddSeconds(-1))
            Split-Path -Leaf $session.FilePath | Should -Be sleep
            $session.ArgumentList | Should -Be @('1000')
            $session.Pid | Should -Be $session.ProcessId
            foreach ($id in $session.ProcessId, $session.InitProcessId, $session.SupervisorProcessId) {
                Test-Process $id | Should -BeTrue
            }
        }

        It 'has the properties read live' {
            $session = Start-NsProcess sleep 1000 -Name $name
            Stop-NsProcess $session -Force

            $session.State | Should -Be Exited
            $session.ExitCode | Should -Be 137
            $session.ExitTime | Should -BeGreaterOrEqual $session.StartTime
        }

        It 'makes the namespaces it says, and only those' {
            $session = Start-NsProcess sleep 1000 -Name $name
            foreach ($kind in 'pid', 'mnt', 'uts', 'ipc') {
                "$kind`:[$($session.Namespaces[$kind])]" | Should -Be (readlink "/proc/$($session.ProcessId)/ns/$kind")
                (readlink "/proc/self/ns/$kind") | Should -Not -Be "$kind`:[$($session.Namespaces[$kind])]"
            }
            (readlink "/proc/$($session.ProcessId)/ns/net") | Should -Be (readlink /proc/self/ns/net)
        }

        It 'waits with -Wait, and knows how the command ended' {
            $session = Start-NsProcess sh -ArgumentList '-c', 'exit 3' -Name $name -Wait
            $session.State | Should -Be Exited
            $session.ExitCode | Should -Be 3
        }

        It 'leaves $LASTEXITCODE alone' {
            $global:LASTEXITCODE = 42
            $null = Start-NsProcess sh -ArgumentList '-c', 'exit 3' -Name $name -Wait
            $global:LASTEXITCODE | Should -Be 42
        }

        It 'starts an interactive shell where no command is given' {
            $session = Start-NsProcess -Name $name
            Split-Path -Leaf $session.FilePath | Should -BeIn bash, sh
            $session.State | Should -Be Running
        }
    }

    Context 'The arguments' {
        BeforeAll {
            # Writes its arguments, one a line, into the file that $out names.
            $show = 'for a; do printf "<%s>\n" "$a"; done >"$out"'
        }

        It 'takes remaining arguments' {
            $null = Start-NsProcess sh '-c' $show sh one 'two words' 3 -Name $name -Wait -Environment @{ out = $file }
            Get-Content $file | Should -Be '<one>', '<two words>', '<3>'
        }

        It 'takes -ArgumentList, also as -Args' {
            $null = Start-NsProcess sh -ArgumentList '-c', $show, 'sh', 'a', '' -Name $name -Wait -Environment @{ out = $file }
            Get-Content $file | Should -Be '<a>', '<>'
            $null = Start-NsProcess sh -Args '-c', $show, 'sh', 'b' -Name $name -Wait -Environment @{ out = $file }
            Get-Content $file | Should -Be '<b>'
        }

        It 'takes everything after -- as it is' {
            $null = Start-NsProcess -Name $name -Wait -Environment @{ out = $file } sh -- -c $show sh -Name -Wait --
            Get-Content $file | Should -Be '<-Name>', '<-Wait>', '<-->'
        }

        It 'lets no shell see them' {
            $odd = '$(id)', '`id`', '; id', '*', '"', "'", '\', '%s', 'ä€😀', "two`nlines"
            $null = Start-NsProcess sh -ArgumentList (@('-c', $show, 'sh') + $odd) -Name $name -Wait -Environment @{ out = $file }
            (Get-Content -Raw $file) | Should -BeExactly (($odd | ForEach-Object { "<$_>`n" }) -join '')
        }

        It 'works in PowerShell''s location, whatever the process''s directory is' {
            Push-Location $TestDrive
            try {
                Start-NsProcess sh -ArgumentList '-c', 'pwd >here' -Name $name -Wait | ForEach-Object ExitCode | Should -Be 0
                Get-Content $TestDrive/here | Should -Be "$TestDrive"
                Push-Location Variable:
                Start-NsProcess sh -ArgumentList '-c', 'pwd >there' -Name $name -Wait | ForEach-Object ExitCode | Should -Be 0
                Pop-Location
                Get-Content $TestDrive/there | Should -Be "$TestDrive"
            }
            finally {
                Pop-Location
            }
        }

        It 'finds a relative path and a relative directory from there' {
            Push-Location $TestDrive
            try {
                $null = New-Item -ItemType Directory sub -Force
                Set-Content sub/run "#!/bin/sh`npwd >`"`$out`""
                chmod +x sub/run
                Start-NsProcess ./sub/run -WorkingDirectory sub -Environment @{ out = $file } -Name $name -Wait |
                    ForEach-Object ExitCode |
                    Should -Be 0
                Get-Content $file | Should -Be "$TestDrive/sub"
            }
            finally {
                Pop-Location
            }
        }

        It 'sets, changes and removes variables' {
            $env:NS_TEST_GONE = 'x'
            $env:NS_TEST_KEPT = 'kept'
            try {
                $environment = @{ A = 1; B = 'x y'; NS_TEST_GONE = $null; out = $file }
                $null = Start-NsProcess sh -ArgumentList '-c',
                    'echo "$A|$B|${NS_TEST_GONE-none}|$NS_TEST_KEPT" >"$out"' -Name $name -Wait -Environment $environment
            }
            finally {
                Remove-Item Env:NS_TEST_*
            }
            Get-Content $file | Should -Be '1|x y|none|kept'
        }

        It 'starts from nothing with -ClearEnvironment' {
            $env:NS_TEST_KEPT = 'kept'
            try {
                $environment = @{ A = 1; out = $file }
                $null = Start-NsProcess /bin/sh -ArgumentList '-c',
                    'echo "$A|${NS_TEST_KEPT-none}" >"$out"' -Name $name -Wait -ClearEnvironment -Environment $environment
            }
            finally {
                Remove-Item Env:NS_TEST_*
            }
            Get-Content $file | Should -Be '1|none'
        }

        It 'sets the host name and domain name inside only' {
            $host1 = uname -n
            $parameters = @{ Hostname = 'demo'; DomainName = 'example.org'; Name = $name; Environment = @{ out = $file } }
            $null = Start-NsProcess sh -ArgumentList '-c',
                'uname -n >"$out"; cat /proc/sys/kernel/domainname >>"$out"' -Wait @parameters
            Get-Content $file | Should -Be 'demo', 'example.org'
            uname -n | Should -Be $host1
        }

        It 'makes the namespaces of -Namespace' {
            $session = Start-NsProcess sleep 1000 -Name $name -Namespace Net, Mount, Pid, Uts
            (readlink "/proc/$($session.ProcessId)/ns/net") | Should -Not -Be (readlink /proc/self/ns/net)
            (readlink "/proc/$($session.ProcessId)/ns/ipc") | Should -Be (readlink /proc/self/ns/ipc)
        }

        It 'makes the command PID 1 with -NoInit' {
            $session = Start-NsProcess sleep 1000 -Name $name -NoInit
            $session.InitProcessId | Should -Be $session.ProcessId
            Start-NsProcess sh -ArgumentList '-c', 'echo $$ >"$out"' -NoInit -Name "$name-2" -Wait -Environment @{ out = $file } |
                ForEach-Object ExitCode |
                Should -Be 0
            Get-Content $file | Should -Be '1'
        }

        It 'maps ids as a text or as a hashtable' -Tag Root {
            $session = Start-NsProcess sleep 1000 -Name $name -UidMap '0:1000:1', '1:100000:10' -GidMap @{ 0 = 1000; 1 = '100000:10' }
            $session.UidMap | Should -Be '0:1000:1', '1:100000:10'
            $session.GidMap | Should -Be '0:1000:1', '1:100000:10'
            (readlink "/proc/$($session.ProcessId)/ns/user") | Should -Not -Be (readlink /proc/self/ns/user)
        }

        It 'ends the session after -<_>, and says so' -ForEach 'TimeoutSec', 'Timeout', 'TimeoutSeconds' {
            $parameters = @{ $_ = 0.2 }
            $session = Start-NsProcess sleep 1000 -Name $name @parameters -Wait
            $session.TimedOut | Should -BeTrue
            $session.State | Should -Be Exited
            $session.ExitCode | Should -Be 143
        }
    }

    Context 'ShouldProcess' {
        It 'starts nothing with -WhatIf' {
            Start-NsProcess sleep 1000 -Name $name -WhatIf | Should -BeNullOrEmpty
            Get-NsProcess "$name*" | Should -BeNullOrEmpty
        }

        It 'asks with -Confirm' {
            Invoke-Pwsh "Start-NsProcess sleep 1000 -Name $name -Confirm" | Out-String | Should -Match 'NonInteractive'
            Get-NsProcess "$name*" | Should -BeNullOrEmpty
        }

        It 'tells its steps with -Verbose' {
            $lines = Start-NsProcess true -Name $name -Wait -Verbose 4>&1 |
                Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
            "$lines" | Should -Match $name
        }
    }

    Context 'Bad input' {
        It '<Id>, <Category>: <Case>' -ForEach @(
            @{ Case = 'no such command'; Id = 'CommandNotFound'; Category = 'ObjectNotFound'
                Parameters = @{ FilePath = 'no-such-command' } }
            @{ Case = 'no such path'; Id = 'CommandNotFound'; Category = 'ObjectNotFound'; Parameters = @{ FilePath = '/no/such/command' } }
            @{ Case = 'a file without permission'; Id = 'CommandNotExecutable'; Category = 'PermissionDenied'
                Parameters = @{ FilePath = '/etc/passwd' } }
            @{ Case = 'a directory'; Id = 'CommandNotExecutable'; Category = 'PermissionDenied'; Parameters = @{ FilePath = '/etc' } }
            @{ Case = 'a NUL in the path'; Id = 'InvalidString'; Category = 'InvalidArgument'; Parameters = @{ FilePath = "a`0b" } }
            @{ Case = 'a newline in the path'; Id = 'InvalidString'; Category = 'InvalidArgument'; Parameters = @{ FilePath = "a`nb" } }
            @{ Case = 'a NUL in an argument'; Id = 'InvalidString'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; ArgumentList = "a`0b" } }
            @{ Case = 'a NUL in the environment'; Id = 'InvalidString'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Environment = @{ A = "a`0b" } } }
            @{ Case = 'an equals sign in a variable''s name'; Id = 'InvalidEnvironment'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Environment = @{ 'A=B' = '1' } } }
            @{ Case = 'a variable without a name'; Id = 'InvalidEnvironment'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Environment = @{ '' = '1' } } }
            @{ Case = 'an empty host name'; Id = 'InvalidHostname'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Hostname = '' } }
            @{ Case = 'a host name of 65 bytes'; Id = 'InvalidHostname'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Hostname = 'a' * 65 } }
            @{ Case = 'a newline in the host name'; Id = 'InvalidHostname'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Hostname = "a`nb" } }
            @{ Case = 'an empty domain name'; Id = 'InvalidDomainName'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; DomainName = '' } }
            @{ Case = 'a host name for the host''s Uts namespace'; Id = 'NamespaceRequired'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Hostname = 'a'; Namespace = 'Pid, Mount' } }
            @{ Case = 'a name with a space'; Id = 'InvalidName'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Name = 'a b' } }
            @{ Case = 'an empty name'; Id = 'InvalidName'; Category = 'InvalidArgument'; Parameters = @{ FilePath = 'true'; Name = '' } }
            @{ Case = 'a wildcard in the name'; Id = 'InvalidName'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; Name = 'a*' } }
            @{ Case = 'a directory that is not there'; Id = 'WorkingDirectoryNotFound'; Category = 'ObjectNotFound'
                Parameters = @{ FilePath = 'true'; WorkingDirectory = '/no/such/directory' } }
            @{ Case = 'a file as directory'; Id = 'WorkingDirectoryNotFound'; Category = 'ObjectNotFound'
                Parameters = @{ FilePath = 'true'; WorkingDirectory = '/etc/passwd' } }
            @{ Case = 'overlapping maps'; Id = 'IdMapOverlap'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; UidMap = '0:1000:5', '3:2000:5' } }
            @{ Case = 'a timeout below zero'; Id = 'InvalidTimeout'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; TimeoutSec = -1 } }
            @{ Case = 'a timeout that is no number'; Id = 'InvalidTimeout'; Category = 'InvalidArgument'
                Parameters = @{ FilePath = 'true'; TimeoutSec = [double]::NaN } }
        ) {
            $thrown = { Start-NsProcess @Parameters } | Should -Throw -ErrorId "$Id,NsModule.Commands.StartNsProcessCommand" -PassThru
            $thrown.CategoryInfo.Category | Should -Be $Category
            $thrown.Exception.Message | Should -Not -Match '[\0\r\n\e]'
            # Others may start sessions meanwhile, but none of this pwsh's.
            & pgrep -P $PID ns-agent | Should -BeNullOrEmpty
        }

        It 'a malformed map' {
            { Start-NsProcess true -Name $name -UidMap 'x' } | Should -Throw -ErrorId '*,NsModule.Commands.StartNsProcessCommand'
        }

        It 'a namespace that does not exist' {
            { Start-NsProcess true -Name $name -Namespace Foo } | Should -Throw -ErrorId 'CannotConvertArgumentNoMessage,*'
        }

        It 'SessionNameInUse, ResourceExists: a name that a running session has' {
            $null = New-TestSession $name
            $thrown = { Start-NsProcess sleep 1000 -Name $name } | Should -Throw -ErrorId 'SessionNameInUse,*' -PassThru
            $thrown.CategoryInfo.Category | Should -Be ResourceExists
            @(Get-NsProcess "$name*").Count | Should -Be 1
        }

        It 'tells a command that itself exits with 126 or 127 from these' -ForEach 126, 127 {
            Start-NsProcess sh -ArgumentList '-c', "exit $_" -Name $name -Wait | ForEach-Object ExitCode | Should -Be $_
        }

        It 'takes the name of an ended session again' {
            $null = Start-NsProcess true -Name $name -Wait
            $session = Start-NsProcess sleep 1000 -Name $name
            (Get-NsProcess $name).Id | Should -Be $session.Id
        }
    }

    Context 'Many' {
        It 'starts and stops two hundred, ten at a time, and leaves nothing behind' {
            $descriptors = [System.IO.Directory]::GetFiles('/proc/self/fd').Count
            $mounts = [System.IO.File]::ReadAllText('/proc/self/mountinfo')
            $module, $prefix = $ModulePath, $name
            $sessions = 1..200 | ForEach-Object -ThrottleLimit 10 -Parallel {
                $ErrorActionPreference = 'Stop'
                Import-Module $using:module
                $session = Start-NsProcess sleep 1000 -Name "$using:prefix-$_"
                Stop-NsProcess $session -PassThru
            }

            $sessions.Count | Should -Be 200
            $sessions.Id | Sort-Object -Unique | Should -HaveCount 200
            $sessions.State | Sort-Object -Unique | Should -Be Exited
            $sessions.ExitCode | Sort-Object -Unique | Should -Be 143

            $sessions | Remove-NsProcess
            Get-NsProcess "$name*" | Should -BeNullOrEmpty
            foreach ($session in $sessions) {
                Wait-Condition {
                -not (Test-Process $session.SupervisorProcessId)
            } -Because "supervisor $($session.SupervisorProcessId) is gone"
                Test-Process $session.InitProcessId | Should -BeFalse
            }
            & pgrep -P $PID ns-agent | Should -BeNullOrEmpty
            [System.IO.File]::ReadAllText('/proc/self/mountinfo') | Should -Be $mounts

            # The runtime itself opens some now and then: what would leak is one for each session.
            [GC]::Collect()
            [GC]::WaitForPendingFinalizers()
            [System.IO.Directory]::GetFiles('/proc/self/fd').Count | Should -BeLessThan ($descriptors + 50)
        }
    }
}

Describe 'Start-NsProcess -WhatIf' {
    It 'says all that would be set up, and does nothing' {
        $name = New-SessionName
        $said = Invoke-Pwsh ("Start-NsProcess sleep 1000 -Name $name -Hostname demo -Namespace Pid, Mount, Uts, User -TimeoutSec 5" +
            " -Environment @{ SECRET_NAME = 'secret-value' } -Mount '/usr:/mnt:ro' -WhatIf")
        $said[0] | Should -BeLike 'What if: *sleep 1000*'
        foreach ($line in 'command: sleep 1000', 'namespaces: *User*', 'uid map: 0:*', 'host name: demo',
            'mount: Bind /usr -> /mnt (read-only)', 'network: Host', 'environment: *SECRET_NAME*', 'time-out: 5 seconds') {
            @($said).Trim() -like $line | Should -Not -BeNullOrEmpty -Because $line
        }
        $said -join '' | Should -Not -Match 'secret-value'
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }

    It 'says what is wrong as the launch would' {
        { Start-NsProcess true -Hostname 'no host' -WhatIf } | Should -Throw -ErrorId 'InvalidHostname,*'
    }
}

Describe 'Start-NsProcess -OutputBufferSize' {
    It 'keeps as much, and Receive-NsOutput says once how much is missing' {
        $small = Start-NsProcess { seq 100000 } -OutputBufferSize 64KB -Name (New-SessionName) -Wait
        $lines = Receive-NsOutput $small -WarningVariable warned -WarningAction SilentlyContinue
        $lines[-1] | Should -Be 100000
        $lines.Count | Should -BeLessThan 15000
        $warned | Should -HaveCount 1
        $warned | Should -Match '\d+ bytes \(\d+ lines\)'
        [int]("$warned" -replace '(?s).*\((\d+) lines\).*', '$1') + $lines.Count | Should -Be 100000
    }

    It 'keeps more than usual, to the end and after it' {
        $large = Start-NsProcess { seq 400000 } -OutputBufferSize 4MB -Name (New-SessionName) -Wait
        (Receive-NsOutput $large -WarningVariable warned).Count | Should -Be 400000
        $warned | Should -BeNullOrEmpty
    }

    It 'refuses <_>' -ForEach 0, 1, 65535, 1073741825 {
        $thrown = { Start-NsProcess true -OutputBufferSize $_ } | Should -Throw -ErrorId 'InvalidOutputBufferSize,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidArgument
    }
}

Describe 'Start-NsProcess -KillOnExit' {
    It 'ends the session when PowerShell <Case>' -ForEach @(
        @{ Case = 'exits'; Signal = $null }
        @{ Case = 'is killed'; Signal = 'KILL' }
    ) {
        $name = New-SessionName
        $end = $Signal ? "/bin/kill -s $Signal `$PID" : 'exit'
        $null = Invoke-Pwsh "Start-NsProcess sleep 1000 -Name $name-1 -KillOnExit; Start-NsProcess sleep 1000 -Name $name-2; $end"
        (Wait-NsProcess "$name-1" -TimeoutSec $Patience).ExitCode | Should -Be 137
        (Get-NsProcess "$name-2").State | Should -Be Running
    }
}
