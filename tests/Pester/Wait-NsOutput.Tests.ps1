BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    # Says a line for each line it gets.
    function New-Echo {
        param([string] $Before = '')
        Start-NsProcess sh -ArgumentList '-c', "stty -echo; printf '$Before'; while read x; do echo `"<`$x>`"; done" -Name (New-SessionName)
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Wait-NsOutput' {
    It 'returns the match, its groups and the text before it' {
        $session = New-Echo 'one\ntwo 22\n'
        $match = Wait-NsOutput $session 'TWO (?<number>\d)(\d)$' -TimeoutSec $Patience
        $match.Match | Should -Be 'two 22'
        $match.Groups['number'] | Should -Be 2
        $match.Groups[1] | Should -Be 2
        $match.Text | Should -Be "one`ntwo 22"
        $match.Session | Should -Be $session.Id
    }

    It 'goes on behind the last match' {
        $session = New-Echo 'a1 a2 a3'
        1..3 | ForEach-Object { (Wait-NsOutput $session 'a\d' -TimeoutSec $Patience).Match } | Should -Be a1, a2, a3
        { Wait-NsOutput $session 'a\d' -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
        (Wait-NsOutput $session 'a\d' -All -TimeoutSec $Patience).Match | Should -Be a1
    }

    It 'finds each of many answers once' {
        $session = New-Echo
        1..20 | ForEach-Object { Send-NsInput $session "n$_" -Line }
        1..20 | ForEach-Object { (Wait-NsOutput $session '<n(\d+)>' -TimeoutSec $Patience -ErrorAction Stop).Groups[1] } |
            Should -Be (1..20)
    }

    It 'takes text as it is with -SimpleMatch, and minds case with -CaseSensitive' {
        $session = New-Echo 'A.B (c'
        (Wait-NsOutput $session '(C' -SimpleMatch -TimeoutSec $Patience).Match | Should -BeExactly '(c'
        { Wait-NsOutput $session 'a.b' -All -CaseSensitive -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
    }

    It 'says OutputTimeout with the last screen' {
        $session = New-Echo 'what is there'
        $null = Wait-NsOutput $session 'what is there' -TimeoutSec $Patience
        $thrown = { Wait-NsOutput $session never -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be OperationTimeout
        $thrown.TargetObject.Rows[0] | Should -Be 'what is there'
        $thrown.Exception.Message | Should -Match 'what is there'
        $session.State | Should -Be Running
    }

    It 'says OutputNotFound when the session ends' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'read x; echo bye' -Name (New-SessionName)
        Send-NsInput $session -Line
        $thrown = { Wait-NsOutput $session never -ErrorAction Stop } | Should -Throw -ErrorId 'OutputNotFound,*' -PassThru
        $thrown.TargetObject.Text | Should -Match bye
    }

    It 'says InvalidPattern' {
        { Wait-NsOutput x '(' } | Should -Throw -ErrorId 'InvalidPattern,*'
    }

    It 'ends when the pipeline is stopped' {
        $session = New-Echo ready
        $null = Wait-NsOutput $session ready -TimeoutSec $Patience
        $shell = [powershell]::Create().AddScript({ param($module, $id) Import-Module $module; Wait-NsOutput $id never }).
            AddArgument($ModulePath).AddArgument($session.Id)
        try {
            $running = $shell.BeginInvoke()
            Wait-Condition { $shell.InvocationStateInfo.State -eq 'Running' }
            $shell.Stop()
            $running.IsCompleted | Should -BeTrue
            $session.State | Should -Be Running
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'Wait-NsOutput on the screen' {
    BeforeAll {
        # Each line that comes in is printed as printf does it.
        function New-Printer {
            $print = 'stty -echo; echo ready; while read -r line; do printf "$line"; done'
            $session = Start-NsProcess { bash -c $print } -Name (New-SessionName)
            $null = Wait-NsOutput $session ready -TimeoutSec $Patience -ErrorAction Stop
            $session
        }
    }

    It 'sees what stands there, and not what has been' {
        $session = New-Printer
        Send-NsInput $session '\033[2J\033[Hmenu\n> item\n' -Line
        (Wait-NsOutput $session 'menu\n> (\w+)' -Screen -TimeoutSec $Patience -ErrorAction Stop).Groups[1] | Should -Be item
        { Wait-NsOutput $session ready -Screen -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
        (Wait-NsOutput $session 'ready\n' -All -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be "ready`n"
    }

    It 'waits with -Gone until it stands there no more, and returns the screen' {
        $session = New-Printer
        { Wait-NsOutput $session ready -Gone -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
        Send-NsInput $session '\033[2J\033[Hnew' -Line
        (Wait-NsOutput $session ready -Gone -TimeoutSec $Patience -ErrorAction Stop).Text | Should -Be new
    }

    It 'waits with -Stable until nothing more comes' {
        $session = Start-NsProcess { bash -c 'for i in 1 2 3 4 5 6; do echo line$i; sleep 0.05; done; sleep 1000' } -Name (New-SessionName)
        (Wait-NsOutput $session -Stable 500 -TimeoutSec $Patience -ErrorAction Stop).Text | Should -Match 'line6$'
        (Wait-NsOutput $session 'line\d' -Stable 100 -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be line1
    }

    It 'takes a screen that is painted again and again for stable with -Screen, and the output for none' {
        $session = Start-NsProcess { bash -c 'while :; do printf "\033[Hsame"; sleep 0.02; done' } -Name (New-SessionName)
        (Wait-NsOutput $session -Screen -Stable 300 -TimeoutSec $Patience -ErrorAction Stop).Text | Should -Be same
        { Wait-NsOutput $session -Stable 10000 -TimeoutSec 0.3 -ErrorAction Stop } | Should -Throw -ErrorId 'OutputTimeout,*'
    }

    It 'ends with the session' {
        $session = Start-NsProcess { echo last words } -Name (New-SessionName) -Wait
        (Wait-NsOutput $session 'last \w+' -Screen -ErrorAction Stop).Match | Should -Be 'last words'
        (Wait-NsOutput $session -Stable 100000 -ErrorAction Stop).Text | Should -Be 'last words'
        { Wait-NsOutput $session last -Gone -ErrorAction Stop } | Should -Throw -ErrorId 'OutputNotFound,*'
    }

    It 'refuses -<Name> beside it' -ForEach @{ Name = 'New' }, @{ Name = 'All' } {
        $switch = @{ $Name = $true }
        { Wait-NsOutput x y -Screen @switch } | Should -Throw -ErrorId 'ScreenHasNoPast,*'
    }
}
