BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    $text = Join-Path $TestDrive text
    1..100 | ForEach-Object { "line $_" } | Set-Content $text

    function Start-Program {
        param([string] $File, [string[]] $Arguments)
        Start-NsProcess $File -ArgumentList $Arguments -Environment @{ TERM = 'xterm-256color'; LESS = '' } -Name (New-SessionName)
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Get-NsScreen' {
    It 'shows the rows and the cursor' {
        $session = Start-NsProcess sh -ArgumentList '-c',
            'printf "one\r\ntwo\033[4;7Hx\033]0;title\007"; sleep 1000' -Name (New-SessionName)
        $null = Wait-NsOutput $session x -TimeoutSec $Patience
        $screen = Get-NsScreen $session
        $screen.Rows | Should -HaveCount 24
        $screen.Rows[0..3] | Should -Be one, two, '', '      x'
        $screen.CursorRow, $screen.CursorColumn | Should -Be 3, 7
        $screen.Columns, $screen.Lines | Should -Be 80, 24
        $screen.Title | Should -Be title
        $screen.IsAlternate | Should -BeFalse
        "$screen" | Should -Be "one`ntwo`n`n      x"
    }

    It 'shows what vi shows' {
        $session = Start-Program vi '-u', 'NONE', '-N', $text
        Wait-Condition { (Get-NsScreen $session).Rows[22] -eq 'line 23' -and (Get-NsScreen $session).Rows[23] }
        Send-NsInput $session 'G'
        $screen = Wait-Condition { Get-NsScreen $session | Where-Object { $_.Rows[22] -eq 'line 100' } }
        $screen.IsAlternate | Should -BeTrue
        $screen.Rows[0..22] | Should -Be (78..100 | ForEach-Object { "line $_" })
        $screen.CursorRow | Should -Be 22
        Send-NsInput $session -Key Up, Up
        Wait-Condition { (Get-NsScreen $session).CursorRow -eq 20 }
        Send-NsInput $session 'Oinserted' -Key Escape
        Wait-Condition { (Get-NsScreen $session).Rows[20] -eq 'inserted' -and (Get-NsScreen $session).Rows[21] -eq 'line 98' }
        Send-NsInput $session ':q!' -Line
        $null = Wait-NsProcess $session -TimeoutSec $Patience -ErrorAction Stop
        (Get-NsScreen $session).IsAlternate | Should -BeFalse
    }

    It 'follows a new size in <Program>' -ForEach @(
        @{ Program = 'vi'; Options = '-u', 'NONE', '-N' }
        @{ Program = 'less'; Options = @() }
    ) {
        $session = Start-Program $Program ($Options + $text)
        Wait-Condition { (Get-NsScreen $session).Rows[22] -eq 'line 23' }
        Resize-NsTerminal $session -Columns 120 -Rows 40
        $screen = Wait-Condition { Get-NsScreen $session | Where-Object { $_.Lines -eq 40 -and $_.Rows[38] -eq 'line 39' } }
        $screen.Columns | Should -Be 120
        $screen.Rows[0..38] | Should -Be (1..39 | ForEach-Object { "line $_" })
    }

    It 'shows what less shows' {
        $session = Start-Program less $text
        Wait-Condition { (Get-NsScreen $session).Rows[22] -eq 'line 23' }
        Send-NsInput $session -Key PageDown
        Wait-Condition { (Get-NsScreen $session).Rows[0] -eq 'line 24' }
        Send-NsInput $session -Key Up
        Wait-Condition { (Get-NsScreen $session).Rows[0] -eq 'line 23' }
        (Get-NsScreen $session).Rows[0..22] | Should -Be (23..45 | ForEach-Object { "line $_" })
    }

    It 'shows what top shows' {
        $session = Start-Program top '-d', '1000'
        $screen = Wait-Condition { Get-NsScreen $session | Where-Object { $_.Rows -match '^\s+\d+ \S+ .*\btop$' } }
        $screen.Rows[0] | Should -Match '^top - '
        $screen.Rows -match '^\s+PID USER' | Should -HaveCount 1
    }

    It 'shows the last screen of an ended session' {
        $session = Start-NsProcess echo bye -Name (New-SessionName) -Wait
        (Get-NsScreen $session).Text | Should -Be bye
    }
}
