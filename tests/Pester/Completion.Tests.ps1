BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    function Complete {
        param([string] $Line)
        (TabExpansion2 $Line $Line.Length).CompletionMatches
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Completion' {
    BeforeAll {
        $name = New-SessionName
        $session = New-TestSession $name
    }

    It 'completes names and ids for <_>' -ForEach @(
        'Get-NsProcess'
        'Stop-NsProcess'
        'Wait-NsProcess'
        'Remove-NsProcess -Force'
        'Enter-NsTerminal -Session'
        'Stop-NsProcess -Id'
        'Stop-NsProcess -Name'
    ) {
        (Complete "$_ $($name.Substring(0, $name.Length - 2))").CompletionText | Should -Be $name
        (Complete "$_ $($session.Id.Substring(0, 11))").CompletionText | Should -Be $session.Id
    }

    It 'offers each session once' {
        @((Complete "Stop-NsProcess $($name.Substring(0, $name.Length - 2))").CompletionText) | Should -HaveCount 1
        (Complete "Stop-NsProcess $name").ToolTip | Should -BeLike "$($session.Id)*"
    }

    It 'offers ended ones only where they make sense' {
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        foreach ($line in 'Get-NsProcess', 'Receive-NsOutput', 'Remove-NsProcess', 'Wait-NsOutput') {
            (Complete "$line $($ended.Name)").CompletionText | Should -Be $ended.Name
        }
        foreach ($line in 'Stop-NsProcess', 'Send-NsInput', 'Enter-NsTerminal -Session', 'Start-NsProcess -Join', 'Send-NsSignal') {
            (Complete "$line $($ended.Name)").CompletionText | Should -Not -Contain $ended.Name
        }
        (Complete "Remove-NsProcess $name").CompletionText | Should -Not -Contain $name
    }

    It 'completes inside quotes and in a list' {
        (Complete "Stop-NsProcess '$($name.Substring(0, $name.Length - 2))").CompletionText | Should -Match $name
        (Complete "Stop-NsProcess other, $($name.Substring(0, $name.Length - 2))").CompletionText | Should -Match $name
    }

    It 'says what the session is' {
        (Complete "Stop-NsProcess $name").ToolTip | Should -Match 'Running .*sleep 1000'
    }

    It 'has nothing for what no session begins with' {
        (Complete "Stop-NsProcess $name-none").CompletionText | Should -Not -Contain $name
    }

    It 'completes signals' {
        (Complete 'Stop-NsProcess x -Signal T').CompletionText | Should -Contain TERM
        (Complete 'Stop-NsProcess x -Signal int').CompletionText | Should -Be INT
        (Complete 'Send-NsSignal x SIGHU').CompletionText | Should -Be SIGHUP
        (Complete 'Send-NsSignal x rtm').CompletionText | Should -Be RTMIN, RTMAX
    }

    It 'completes namespace kinds' {
        $kinds = (Complete 'Start-NsProcess -Namespace ').CompletionText
        foreach ($kind in 'Pid', 'Mount', 'Uts', 'Ipc', 'User', 'Net', 'Cgroup', 'Time') {
            $kinds | Should -Contain $kind
        }
    }

    It 'completes paths' {
        (Complete 'Start-NsProcess /bin/tru').CompletionText | Should -Contain /bin/true
        (Complete 'Start-NsProcess -WorkingDirectory /pro').CompletionText | Should -Contain /proc
    }
}
