BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Get-NsProcess' {
    BeforeAll {
        $name = New-SessionName
        $session = New-TestSession $name
        $ended = Start-NsProcess sh -ArgumentList '-c', 'exit 3' -Name "$name-ended" -Wait
    }

    Context 'Which sessions' {
        It 'lists all without an argument, oldest first' {
            $all = @(Get-NsProcess)
            $session.Id | Should -BeIn $all.Id
            $ended.Id | Should -BeIn $all.Id
            [array]::IndexOf($all.Id, $session.Id) | Should -BeLessThan ([array]::IndexOf($all.Id, $ended.Id))
        }

        It 'lists no others, and passes all on' {
            Invoke-Pwsh -Through (Get-OwnStore) @'
                "none: $(@(Get-NsProcess).Count)"
                try {
                    'b', 'a', 'c' | ForEach-Object { $null = Start-NsProcess sleep 1000 -Name $_ }
                    "all: $((Get-NsProcess).Name)"
                    Stop-NsProcess *
                    "stopped: $((Get-NsProcess).State)"
                }
                finally {
                    Get-NsProcess | Remove-NsProcess -Force
                    "left: $(@(Get-NsProcess).Count)"
                }
'@ | Should -Be 'none: 0', 'all: b a c', 'stopped: Exited Exited Exited', 'left: 0'
        }

        It 'takes the <Case>' -ForEach @(
            @{ Case = 'id'; Argument = { $session.Id } }
            @{ Case = 'id in capitals'; Argument = { $session.Id.ToUpperInvariant() } }
            @{ Case = 'beginning of the id'; Argument = { $session.Id.Substring(0, 11) } }
            @{ Case = 'name'; Argument = { $name } }
            @{ Case = 'name in capitals'; Argument = { $name.ToUpperInvariant() } }
            @{ Case = 'object'; Argument = { $session } }
            @{ Case = 'id with a wildcard'; Argument = { $session.Id.Substring(0, 11) + '?' } }
        ) {
            $argument = & $Argument
            (Get-NsProcess $argument).Id | Should -Be $session.Id
            ($argument | Get-NsProcess).Id | Should -Be $session.Id
        }

        It 'takes the parameter -<_>' -ForEach 'Session', 'Id', 'Name' {
            $parameters = @{ $_ = $session.Id }
            (Get-NsProcess @parameters).Id | Should -Be $session.Id
        }

        It 'takes wildcards' {
            (Get-NsProcess "$name*").Id | Should -Be $session.Id, $ended.Id
            (Get-NsProcess "$name-[a-f]nd??").Id | Should -Be $ended.Id
        }

        It 'takes several' {
            (Get-NsProcess $name, $ended.Id).Id | Should -Be $session.Id, $ended.Id
            ($name, $ended.Id | Get-NsProcess).Id | Should -Be $session.Id, $ended.Id
        }

        It 'finds nothing for a wildcard that fits nothing' {
            Get-NsProcess "$name-none*" | Should -BeNullOrEmpty
        }

        It 'says SessionNotFound for each that is not there, and goes on' {
            $found = Get-NsProcess "$name-none", $name -ErrorVariable problems -ErrorAction SilentlyContinue
            $found.Id | Should -Be $session.Id
            $problems | Should -HaveCount 1
            $problems[0].FullyQualifiedErrorId | Should -Be 'SessionNotFound,NsModule.Commands.GetNsProcessCommand'
            $problems[0].CategoryInfo.Category | Should -Be ObjectNotFound
            $problems[0].TargetObject | Should -Be "$name-none"
        }

        It 'takes a number for the text that was typed' {
            $number = Get-Random -Minimum 100000000 -Maximum 999999999
            $numbered = New-TestSession $number
            try {
                (Get-NsProcess $number).Id | Should -Be $numbered.Id
                (Invoke-Expression "Get-NsProcess $number").Id | Should -Be $numbered.Id
            }
            finally {
                Remove-NsProcess $numbered -Force
            }
        }

        It 'does not read an id such as 12e4 as a number' {
            $number = "$(Get-Random -Minimum 100000 -Maximum 999999)e3"
            $numbered = New-TestSession $number
            try {
                (Invoke-Expression "Get-NsProcess $number").Id | Should -Be $numbered.Id
            }
            finally {
                Remove-NsProcess $numbered -Force
            }
        }

        It 'refuses the beginning of several ids' {
            # 17 ids: two begin with the same digit.
            $several = 1..17 | ForEach-Object { New-TestSession }
            try {
                $digit = ($several | Group-Object { $_.Id[0] } | Where-Object Count -GT 1)[0].Name
                $thrown = { Get-NsProcess "$digit" -ErrorAction Stop } | Should -Throw -ErrorId 'SessionAmbiguous,*' -PassThru
                $thrown.CategoryInfo.Category | Should -Be InvalidArgument
            }
            finally {
                $several | Remove-NsProcess -Force
            }
        }
    }

    Context 'Sessions from elsewhere' {
        It 'finds those that another pwsh started, after it has gone' {
            $other = New-SessionName
            $id = Invoke-Pwsh "(Start-NsProcess sleep 1000 -Name $other).Id"
            $found = Get-NsProcess $other
            $found.Id | Should -Be $id
            $found.State | Should -Be Running
            Test-Process $found.ProcessId | Should -BeTrue
        }

        It 'takes one that was serialized to CLIXML' {
            $file = Join-Path $TestDrive session.xml
            $session | Export-Clixml $file
            $read = Import-Clixml $file
            $read.PSTypeNames[0] | Should -Be Deserialized.NsModule.NsSession
            (Get-NsProcess $read).Id | Should -Be $session.Id
            ($read | Get-NsProcess).Id | Should -Be $session.Id
        }

        It 'keeps everything in CLIXML' {
            $file = Join-Path $TestDrive session.xml
            $ended | Export-Clixml $file
            $read = Import-Clixml $file
            foreach ($property in 'Id', 'Name', 'Hostname', 'FilePath', 'ArgumentList', 'Command', 'ProcessId', 'Pid', 'InitProcessId',
                'SupervisorProcessId', 'ExitCode', 'StartTime', 'ExitTime', 'TimedOut', 'AttachedClients') {
                $read.$property | Should -Be $ended.$property -Because $property
            }
            $read.State -eq 'Exited' | Should -BeTrue
            $read.Namespaces.pid | Should -Be $ended.Namespaces.pid
        }

        It 'takes one that comes out of a background job' {
            $other = New-SessionName
            $fromJob = Start-Job { Import-Module $using:ModulePath; Start-NsProcess sleep 1000 -Name $using:other } |
                Receive-Job -Wait -AutoRemoveJob
            $fromJob.PSTypeNames[0] | Should -Be Deserialized.NsModule.NsSession
            $here = $fromJob | Get-NsProcess
            $here | Should -BeOfType NsModule.NsSession
            $here.Name | Should -Be $other
        }

        It 'takes the selected properties of one' {
            ($session | Select-Object Id, State | Get-NsProcess).Id | Should -Be $session.Id
        }
    }

    Context 'Views' {
        It 'shows a table with <_>' -ForEach 'Id', 'Name', 'State', 'Age', 'Ports', 'Command' {
            $lines = ($session | Format-Table | Out-String -Width 160) -split "`n" | Where-Object { $_.Trim() }
            -split $lines[0] | Should -Contain $_
        }

        It 'shows a table by default' {
            $text = $session | Out-String -Width 160
            $text | Should -Match "(?m)^$($session.Id)\s.*\sRunning\s+\d+[smhd]\s+sleep 1000"
        }

        It 'says the exit code, and the host name where it is another' {
            $failed = Start-NsProcess { sh -c 'exit 5' } -Name "$($name.Substring(0, 8))h" -Hostname elsewhere -Wait
            $text = $failed | Out-String -Width 80
            $text | Should -Match 'Exited \(5\)'
            $text | Should -Match '@elsewhere|@elsewh…|@else'
            $session | Out-String -Width 80 | Should -Not -Match ([regex]::Escape([System.Environment]::MachineName) + ' ')
            $failed | Remove-NsProcess
        }

        It 'is coloured where PowerShell is, and plain otherwise' {
            $text = Invoke-Pwsh "`$PSStyle.OutputRendering = 'Ansi'; Get-NsProcess $($session.Id) | Out-String"
            "$text" | Should -Match '\e\[32m.*Running'
            $session | Out-String | Should -Not -Match '\e'
            $text = Invoke-Pwsh -Through 'env', 'NO_COLOR=1' "Get-NsProcess $($session.Id) | Out-String"
            "$text" | Should -Not -Match '\e'
        }

        It 'has a wide view of names, and a short list where properties are selected' {
            $session | Format-Wide | Out-String | Should -Match $name
            $session.PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames |
                Should -Be 'Id', 'Name', 'State', 'ExitCode', 'Age', 'PublishedPorts', 'Command'
        }

        It 'has the table fit 80 columns' {
            ($session, $ended | Out-String -Width 80) -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 80 }
        }

        It 'shows the same table for a deserialized one' {
            $file = Join-Path $TestDrive session.xml
            $ended | Export-Clixml $file
            Import-Clixml $file | Out-String -Width 160 | Should -Be ($ended | Out-String -Width 160)
        }

        It 'shows all properties in a list' {
            $text = $session | Format-List | Out-String -Width 200
            foreach ($property in ($session | Get-Member -MemberType Property).Name) {
                $text | Should -Match "(?m)^$property +:"
            }
        }

        It 'lets no control character of a command reach the terminal' {
            $odd = Start-NsProcess sh -ArgumentList '-c', 'true', "a`e[31m`a`nb" -Name (New-SessionName) -Wait
            $odd.Command | Should -Not -Match '\p{Cc}'
        }
    }

    Context 'A session that was lost' {
        It 'says Lost once its supervisor was killed, and everything is gone' {
            $lost = New-TestSession
            kill -9 $lost.SupervisorProcessId
            Wait-Condition { $lost.State -eq 'Lost' } -Because 'the session is Lost'
            Wait-Condition { -not (Test-Process $lost.ProcessId) } -Because 'the command is gone'
            $lost | Remove-NsProcess
            Get-NsProcess "$($lost.Name)*" | Should -BeNullOrEmpty
        }
    }
}

Describe 'Get-NsProcess -State and -Newest' {
    BeforeAll {
        $prefix = New-SessionName
        $first = Start-NsProcess true -Name "$prefix-1" -Wait
        $second = New-TestSession "$prefix-2"
        $third = New-TestSession "$prefix-3"
        Suspend-NsProcess $third
    }

    It 'lists those in a state' {
        (Get-NsProcess "$prefix*" -State Exited).Id | Should -Be $first.Id
        (Get-NsProcess "$prefix*" -State Running, Suspended).Id | Should -Be $second.Id, $third.Id
        Get-NsProcess "$prefix*" -State Lost | Should -BeNullOrEmpty
    }

    It 'lists the newest, the last first' {
        (Get-NsProcess "$prefix*" -Newest 2).Id | Should -Be $third.Id, $second.Id
        ($first, $second, $third | Get-NsProcess -Newest 1).Id | Should -Be $third.Id
        (Get-NsProcess "$prefix*" -State Exited -Newest 5).Id | Should -Be $first.Id
        Get-NsProcess "$prefix*" -Newest 0 | Should -BeNullOrEmpty
    }
}

Describe 'What a session tells of its launch' {
    It 'has user, working directory, mounts and age' {
        $session = Start-NsProcess sleep 1000 -Name (New-SessionName) -User 0 -WorkingDirectory /usr `
            -Mount '/usr:/mnt:ro', @{ Target = '/media' }
        $session.WorkingDirectory | Should -Be /usr
        $session.User | Should -Be 0
        $session.Mounts | Should -Be 'Bind /usr -> /mnt (read-only)', 'Tmpfs -> /media'
        $session.Age | Should -BeGreaterThan ([timespan]::Zero)
        $file = Join-Path $TestDrive s.xml
        $session | Export-Clixml $file
        (Import-Clixml $file).Mounts | Should -Be $session.Mounts
    }

    It 'has no user where none was named' {
        (New-TestSession).User | Should -BeNullOrEmpty
    }
}
