BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    # Says which signals it gets, and what its background process in the same group gets.
    $script = 'trap "echo got USR1" USR1; trap "echo got RT" RTMIN+2; trap "" USR2' +
        '; (trap "echo child got USR2; exit" USR2; echo child ready; while :; do sleep 0.05; done) &' +
        ' echo ready; while :; do wait; done'

    function New-Listener {
        $session = Start-NsProcess { bash -c $script } -Name (New-SessionName)
        $null = Wait-NsOutput $session 'child ready' -All -TimeoutSec $Patience -ErrorAction Stop
        $null = Wait-NsOutput $session '^ready' -All -TimeoutSec $Patience -ErrorAction Stop
        $session
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Send-NsSignal' {
    It 'sends <Signal> to the command, and no more' -ForEach @(
        @{ Signal = 'USR1'; Said = 'got USR1' }
        @{ Signal = 'sigusr1'; Said = 'got USR1' }
        @{ Signal = '10'; Said = 'got USR1' }
        @{ Signal = 'RTMIN+2'; Said = 'got RT' }
        @{ Signal = 'SIGRTMAX-28'; Said = 'got RT' }
    ) {
        $session = New-Listener
        Send-NsSignal $session $Signal | Should -BeNullOrEmpty
        (Wait-NsOutput $session $Said -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be $Said
        $session.State | Should -Be Running
    }

    It 'reaches what the command started with -<_>' -ForEach 'Group', 'All' {
        $session = New-Listener
        $to = @{ $_ = $true }
        Send-NsSignal $session USR2 @to -PassThru | Should -Be $session
        (Wait-NsOutput $session 'child got USR2' -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be 'child got USR2'
        $session.State | Should -Be Running
    }

    It 'leaves what is in another process group to -All' {
        $other = 'setsid sh -c "trap ''echo other; exit'' USR2; echo up; while :; do sleep 0.05; done" & trap "" USR2; wait; wait'
        $session = Start-NsProcess { bash -c $other } -Name (New-SessionName)
        $null = Wait-NsOutput $session up -TimeoutSec $Patience -ErrorAction Stop
        Send-NsSignal $session USR2 -Group
        Send-NsSignal $session USR2
        { Wait-NsOutput $session other -TimeoutSec 0.3 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
        Send-NsSignal $session USR2 -All
        (Wait-NsOutput $session other -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be other
    }

    It 'is TERM by default, as with kill' {
        $trap = 'trap "echo got TERM; exit 7" TERM; echo ready; while :; do sleep 0.05; done'
        $session = Start-NsProcess { bash -c $trap } -Name (New-SessionName)
        $null = Wait-NsOutput $session ready -TimeoutSec $Patience -ErrorAction Stop
        $session | Send-NsSignal
        ($session | Wait-NsProcess -TimeoutSec $Patience).ExitCode | Should -Be 7
    }

    It 'refuses what is no signal: <_>' -ForEach 'NOPE', '0', '65', 'RTMIN+31', 'RTMAX+1', 'RTMIN-1', 'RT' {
        $session = New-TestSession
        $thrown = { Send-NsSignal $session $_ } | Should -Throw -ErrorId 'InvalidSignal,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidArgument
        $session.State | Should -Be Running
    }

    It 'says SessionEnded for one that has ended, and does the others' {
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        $session = New-Listener
        Send-NsSignal $ended, $session USR1 -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'SessionEnded,*'
        (Wait-NsOutput $session 'got USR1' -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be 'got USR1'
    }

    It 'does nothing with -WhatIf' {
        $session = New-TestSession
        Send-NsSignal $session KILL -WhatIf
        Send-NsSignal $session CONT
        $session.State | Should -Be Running
    }
}
