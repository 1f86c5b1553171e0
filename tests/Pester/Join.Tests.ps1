BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Start-NsProcess -Join' {
    BeforeAll {
        $target = Start-NsProcess sleep 1000 -Hostname shared -Name (New-SessionName)
    }

    It 'takes the <Case>' -ForEach @(
        @{ Case = 'object'; Argument = { $args[0] } }
        @{ Case = 'id'; Argument = { $args[0].Id } }
        @{ Case = 'beginning of the id'; Argument = { $args[0].Id.Substring(0, 11) } }
        @{ Case = 'name'; Argument = { $args[0].Name } }
        @{ Case = 'deserialized object'
            Argument = { $file = Join-Path $TestDrive s.xml; $args[0] | Export-Clixml $file; Import-Clixml $file } }
    ) {
        $joined = Start-NsProcess -Join (& $Argument $target) -Name (New-SessionName) -Wait -- sh -c 'test "$(uname -n)" = shared && exit 7'
        $joined.ExitCode | Should -Be 7
        $joined.JoinedSession | Should -Be $target.Id
        $joined.Hostname | Should -Be shared
        $joined.Namespaces.pid | Should -Be $target.Namespaces.pid
        $target.State | Should -Be Running
    }

    It 'has the environment and the working directory of a launch' {
        $parameters = @{ Join = $target; WorkingDirectory = $TestDrive; Environment = @{ told = 'x' } }
        $joined = Start-NsProcess @parameters -Name (New-SessionName) -Wait -- sh -c 'printf "%s %s" "$PWD" "$told" > out'
        $joined.ExitCode | Should -Be 0
        Get-Content $TestDrive/out -Raw | Should -Be "$TestDrive x"
    }

    It 'ends with -TimeoutSec' {
        $joined = Start-NsProcess -Join $target -Name (New-SessionName) -Wait -TimeoutSec 0.1 sleep 1000
        $joined.TimedOut | Should -BeTrue
        $joined.ExitCode | Should -Be 143
    }

    It 'ends with the session that it joined' {
        $first = New-TestSession
        $joined = Start-NsProcess -Join $first -Name (New-SessionName) sleep 1000
        Stop-NsProcess $first
        ($joined | Wait-NsProcess).ExitCode | Should -Be 137
    }

    It 'says ParameterNotForJoin with -<Name>' -ForEach @(
        @{ Name = 'Namespace'; Value = 'Net' }
        @{ Name = 'UidMap'; Value = '0:0:1' }
        @{ Name = 'GidMap'; Value = '0:0:1' }
        @{ Name = 'Hostname'; Value = 'x' }
        @{ Name = 'DomainName'; Value = 'x' }
        @{ Name = 'NoInit'; Value = $true }
    ) {
        $parameters = @{ $Name = $Value }
        { Start-NsProcess true -Join $target @parameters } |
            Should -Throw -ErrorId 'ParameterNotForJoin,NsModule.Commands.StartNsProcessCommand'
    }

    It 'says SessionNotFound, SessionEnded and SessionSuspended' {
        { Start-NsProcess true -Join not-there } | Should -Throw -ErrorId 'SessionNotFound,*'
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        { Start-NsProcess true -Join $ended } | Should -Throw -ErrorId 'SessionEnded,*'
        $suspended = New-TestSession | Suspend-NsProcess -PassThru
        { Start-NsProcess true -Join $suspended } | Should -Throw -ErrorId 'SessionSuspended,*'
    }

    It 'says WorkingDirectoryNotFound and CommandNotFound, and leaves nothing' {
        $name = New-SessionName
        { Start-NsProcess true -Name $name -Join $target -WorkingDirectory /not-there } |
            Should -Throw -ErrorId 'WorkingDirectoryNotFound,*'
        { Start-NsProcess not-there -Name $name -Join $target } | Should -Throw -ErrorId 'CommandNotFound,*'
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }

    It 'does nothing with -WhatIf' {
        Start-NsProcess true -Join $target -WhatIf | Should -BeNullOrEmpty
    }
}
