BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Remove-NsProcess' {
    BeforeEach {
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        $running = New-TestSession
    }

    It 'removes an ended session and returns nothing' {
        Remove-NsProcess $ended | Should -BeNullOrEmpty
        { Get-NsProcess $ended.Id -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
    }

    It 'takes the <Case>, as argument and from the pipeline' -ForEach @(
        @{ Case = 'id'; Argument = { $args[0].Id } }
        @{ Case = 'beginning of the id'; Argument = { $args[0].Id.Substring(0, 11) } }
        @{ Case = 'name'; Argument = { $args[0].Name } }
        @{ Case = 'name with a wildcard'; Argument = { $args[0].Name + '*' } }
        @{ Case = 'deserialized object'
            Argument = { $file = Join-Path $TestDrive s.xml; $args[0] | Export-Clixml $file; Import-Clixml $file } }
    ) {
        Remove-NsProcess (& $Argument $ended)
        Get-NsProcess "$($ended.Name)*" | Should -BeNullOrEmpty
        $second = Start-NsProcess true -Name (New-SessionName) -Wait
        & $Argument $second | Remove-NsProcess
        Get-NsProcess "$($second.Name)*" | Should -BeNullOrEmpty
    }

    It 'takes the parameter -<_>' -ForEach 'Session', 'Id', 'Name' {
        $parameters = @{ $_ = $ended.Name }
        Remove-NsProcess @parameters
        Get-NsProcess "$($ended.Name)*" | Should -BeNullOrEmpty
    }

    It 'says SessionRunning, InvalidOperation for one that runs, and removes the others' {
        Remove-NsProcess $running, $ended -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'SessionRunning,NsModule.Commands.RemoveNsProcessCommand'
        $problems[0].CategoryInfo.Category | Should -Be InvalidOperation
        $running.State | Should -Be Running
        Get-NsProcess "$($ended.Name)*" | Should -BeNullOrEmpty
    }

    It 'ends one that runs first with -Force' {
        Remove-NsProcess $running -Force
        Get-NsProcess "$($running.Name)*" | Should -BeNullOrEmpty
        Test-Process $running.ProcessId | Should -BeFalse
        Test-Process $running.InitProcessId | Should -BeFalse
    }

    It 'says SessionNotFound for one that is not there' {
        Remove-NsProcess $ended
        { Remove-NsProcess $ended.Id -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,NsModule.Commands.RemoveNsProcessCommand'
    }

    It 'removes nothing with -WhatIf' {
        Remove-NsProcess $ended -WhatIf
        Remove-NsProcess $running -Force -WhatIf
        (Get-NsProcess $ended).State | Should -Be Exited
        $running.State | Should -Be Running
    }

    It 'asks with -Confirm' {
        Invoke-Pwsh "Remove-NsProcess $($ended.Name) -Confirm" | Out-String | Should -Match 'NonInteractive'
        (Get-NsProcess $ended.Name).Id | Should -Be $ended.Id
    }
}


Describe 'Remove-NsProcess -Ended' {
    It 'removes all that have ended, or only older ones' {
        # All are meant, so it is done in a store of its own.
        $said = Invoke-Pwsh -Through (Get-OwnStore) @'
            $null = Start-NsProcess sleep 1000 -Name runs
            $null = Start-NsProcess true -Name ended1 -Wait
            Remove-NsProcess -Ended -OlderThan 01:00:00
            "young: $((Get-NsProcess).Name)"
            Remove-NsProcess -Ended -OlderThan (Get-Date).AddHours(-1)
            "young: $((Get-NsProcess).Name)"
            Remove-NsProcess -Ended -WhatIf | Out-Null
            "all: $((Get-NsProcess).Name)"
            Remove-NsProcess -Ended -OlderThan (Get-Date).AddSeconds(1)
            "old: $((Get-NsProcess).Name)"
            $null = Start-NsProcess true -Name ended2 -Wait
            $null = Start-NsProcess true -Name ended3 -Wait
            Remove-NsProcess -Ended
            "left: $((Get-NsProcess).Name)"
            Remove-NsProcess * -Force
'@
        $said | Where-Object { "$_" -notlike 'What if:*' } |
            Should -Be 'young: runs ended1', 'young: runs ended1', 'all: runs ended1', 'old: runs', 'left: runs'
    }

    It 'refuses what is no time: <_>' -ForEach 'yesterday', 7 {
        { Remove-NsProcess -Ended -OlderThan $_ } | Should -Throw -ErrorId 'InvalidSince,*'
    }
}
