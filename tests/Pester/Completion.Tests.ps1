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

    It 'completes commands by PATH, and inside a root' {
        (Complete 'Start-NsProcess slee').CompletionText | Should -Contain sleep
        (Complete 'Invoke-NsCommand slee').CompletionText | Should -Contain sleep
        $root = Join-Path $TestDrive root
        $null = New-Item -ItemType Directory $root/usr/bin, $root/opt/one -Force
        Set-Content $root/usr/bin/inside-tool, $root/opt/one/other-tool, $root/opt/one/text ''
        chmod +x $root/usr/bin/inside-tool $root/opt/one/other-tool
        (Complete "Start-NsProcess -RootPath $root inside").CompletionText | Should -Be inside-tool
        (Complete "Start-NsProcess -RootPath $root /op").CompletionText | Should -Be /opt
        (Complete "Start-NsProcess -RootPath $root /opt/one/").CompletionText | Should -Be /opt/one/other-tool
        Complete "Start-NsProcess -RootPath $root/not-there x" | Should -BeNullOrEmpty
    }

    It 'completes users and groups of the root' {
        (Complete 'Start-NsProcess -User roo').CompletionText | Should -Be root
        $root = Join-Path $TestDrive passwd
        $null = New-Item -ItemType Directory $root/etc -Force
        Set-Content $root/etc/passwd 'app:x:7:7::/:/bin/sh', 'apple:x:8:8::/:/bin/sh'
        Set-Content $root/etc/group 'gone:x:5:'
        (Complete "Start-NsProcess -RootPath $root -User ap").CompletionText | Should -Be app, apple
        (Complete "Start-NsProcess -RootPath $root -User app:g").CompletionText | Should -Be app:gone
        (Complete "Start-NsProcess -RootPath $root -SupplementaryGroup g").CompletionText | Should -Be gone
    }

    It 'completes processors and detach keys' {
        (Complete 'Start-NsProcess -CpuAffinity 0').CompletionText | Should -Contain 0
        (Complete 'Enter-NsTerminal -DetachKeys ctrl-p').CompletionText | Should -Contain "'ctrl-p,ctrl-q'"
        (Complete 'Enter-NsTerminal -DetachKeys ctrl-p').CompletionText | Should -Contain ctrl-p
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
