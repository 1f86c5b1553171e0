BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $target = Start-NsProcess sleep 1000 -Name (New-SessionName) -Hostname shared -Namespace Pid, Mount, Uts, Ipc, Net
}

AfterAll {
    Remove-TestSession
}

Describe 'Get-NsNamespace' {
    It 'lists one object for each namespace, with the sessions in it' {
        $all = Get-NsNamespace
        ($all | Group-Object Inode | Where-Object Count -GT 1) | Should -BeNullOrEmpty
        $own = $all | Where-Object Inode -EQ $target.Namespaces.uts
        $own.Kind | Should -Be Uts
        $own.Session | Should -Contain $target.Id
        $own.ProcessIds | Should -Contain $target.ProcessId
    }

    It 'takes the session as <Case>' -ForEach @(
        @{ Case = 'an object'; Argument = { $target } }
        @{ Case = 'a name'; Argument = { $target.Name } }
        @{ Case = 'a process'; Argument = { Get-Process -Id $target.ProcessId } }
    ) {
        (& $Argument) | Get-NsNamespace -Kind Pid, Net | ForEach-Object Inode | Sort-Object |
            Should -Be ($target.Namespaces.pid, $target.Namespaces.net | Sort-Object)
    }

    It 'takes process ids' {
        (Get-NsNamespace -ProcessId $target.ProcessId).Count | Should -Be 8
        "$(Get-NsNamespace -ProcessId $PID -Kind Net)" | Should -Be ([IO.File]::ResolveLinkTarget('/proc/self/ns/net', $false).Name)
    }

    It 'is a table' {
        (Get-NsNamespace $target | Out-String) | Should -Match "$($target.Namespaces.uts) Uts"
    }

    It 'says NamespaceNotFound of a process that is not there' {
        { Get-NsNamespace -ProcessId 2147483647 -ErrorAction Stop } |
            Should -Throw -ErrorId 'NamespaceNotFound,NsModule.Commands.GetNsNamespaceCommand'
    }

    It 'says SessionNotFound and SessionEnded' {
        { Get-NsNamespace not-there -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        { $ended | Get-NsNamespace -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
    }
}

Describe 'Start-NsProcess -Join with namespaces' {
    BeforeAll {
        # An ordinary user gets into them by way of the user namespace that owns them.
        $kinds = if ([Environment]::UserName -eq 'root') { 'Uts', 'Net' } else { 'User', 'Uts', 'Net' }
    }

    It 'enters them, <Case>' -ForEach @(
        @{ Case = 'as they were listed'; Argument = { Get-NsNamespace $target -Kind $kinds } }
        @{ Case = 'deserialized'
            Argument = { Get-NsNamespace $target -Kind $kinds | Export-Clixml $TestDrive/n.xml; Import-Clixml $TestDrive/n.xml } }
    ) {
        $joined = Start-NsProcess -Join (& $Argument) -Name (New-SessionName) -Wait -- sh -c 'test "$(uname -n)" = shared && exit 7'
        $joined.ExitCode | Should -Be 7
        $joined.Namespaces.net | Should -Be $target.Namespaces.net
        $joined.Namespaces.pid | Should -Not -Be $target.Namespaces.pid
        $joined.JoinedSession | Should -BeNullOrEmpty
    }

    It 'says NamespaceAmbiguous for two of a kind' {
        $two = (Get-NsNamespace $target -Kind Uts), (Get-NsNamespace -ProcessId $PID -Kind Uts)
        { Start-NsProcess true -Join $two } | Should -Throw -ErrorId 'NamespaceAmbiguous,*'
    }

    It 'says ParameterNotForJoin' {
        { Start-NsProcess true -Join (Get-NsNamespace $target -Kind Uts) -Hostname x } | Should -Throw -ErrorId 'ParameterNotForJoin,*'
    }

    It 'says what it would do' {
        Start-NsProcess true -Join (Get-NsNamespace $target -Kind Uts) -WhatIf | Should -BeNullOrEmpty
    }
}
