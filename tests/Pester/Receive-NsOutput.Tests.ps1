BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    function Invoke-Session {
        param([string] $Script)
        Start-NsProcess sh -ArgumentList '-c', $Script -Name (New-SessionName) -Wait
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Receive-NsOutput' {
    It 'returns strings with the time, of ended sessions, too' {
        $before = Get-Date
        $session = Invoke-Session 'echo one; echo two; printf three'
        $lines = Receive-NsOutput $session
        $lines | Should -Be one, two, three
        $lines | Should -BeOfType string
        foreach ($line in $lines) {
            $line.Time | Should -BeGreaterOrEqual $before
            $line.Time | Should -BeLessOrEqual (Get-Date)
            $line.Session | Should -Be $session.Id
        }
    }

    It 'returns the same from a session that runs' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'echo one; printf two; sleep 1000' -Name (New-SessionName)
        $null = Wait-NsOutput $session two -TimeoutSec $Patience -ErrorAction Stop
        (Receive-NsOutput $session).Text | Should -Be one, two
    }

    It 'leaves escape sequences, or removes them with -PlainText' {
        $session = Invoke-Session 'printf "\033[31mred\033[0m 1%%\r\033[31mred\033[0m 9%%\n"'
        (Receive-NsOutput $session).Text | Should -Be "`e[31mred`e[0m 1%`r`e[31mred`e[0m 9%"
        (Receive-NsOutput $session).Raw | Should -Be "`e[31mred`e[0m 1%`r`e[31mred`e[0m 9%"
        Receive-NsOutput $session | Should -BeExactly 'red 9%'
        (Receive-NsOutput $session -PlainText).Text | Should -Be 'red 9%'
        Receive-NsOutput $session -Raw -PlainText | Should -Be "red 9%`n"
        Receive-NsOutput $session -Raw | Should -Be "`e[31mred`e[0m 1%`r`e[31mred`e[0m 9%`r`n"
    }

    It 'is text to a file, to a search and to what reads JSON, and beside other objects' {
        $session = Invoke-Session 'printf ''{ "a": "%s" }\n'' "$(head -c 200 /dev/zero | tr ''\0'' x)"; printf "\033[31mred\033[0m\n"'
        $json, $red = Receive-NsOutput $session
        $file = Join-Path $TestDrive lines.txt
        Receive-NsOutput $session > $file
        Get-Content $file | Should -BeExactly $json, red
        Receive-NsOutput $session | Select-String red | Should -HaveCount 1
        ($json | ConvertFrom-Json).a | Should -Be ('x' * 200)
        @([pscustomobject]@{ Number = 1 }; $red) | Out-String | Should -Not -Match "`e.31m"
    }

    It 'returns the last <Tail> lines' -ForEach @(
        @{ Tail = 0; Lines = @(); Raw = '' }
        @{ Tail = 1; Lines = , '3'; Raw = "3`r`n" }
        @{ Tail = 2; Lines = '2', '3'; Raw = "2`r`n3`r`n" }
        @{ Tail = 9; Lines = '1', '2', '3'; Raw = "1`r`n2`r`n3`r`n" }
    ) {
        $session = Invoke-Session 'echo 1; echo 2; echo 3'
        @((Receive-NsOutput $session -Tail $Tail).Text) | Where-Object { $_ } | Should -Be $Lines
        Receive-NsOutput $session -Tail $Tail -Raw | Should -Be $Raw
    }

    It 'returns what came since a time' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'echo one; read x; echo two' -Name (New-SessionName)
        $first = Wait-Condition { Receive-NsOutput $session }
        $between = $first.Time.AddMilliseconds(1)
        Wait-Condition { (Get-Date) -gt $between.AddMilliseconds(1) }
        Send-NsInput $session -Line
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        (Receive-NsOutput $session -Since $between).Text | Should -Not -Contain one
        (Receive-NsOutput $session -Since $between).Text | Should -Contain two
        (Receive-NsOutput $session -Since 01:00:00).Text | Should -Contain one
        Receive-NsOutput $session -Since ([timespan]::Zero) | Should -BeNullOrEmpty
        { Receive-NsOutput $session -Since nonsense } | Should -Throw -ErrorId 'InvalidSince,*'
    }

    It 'follows with -Wait until the end' {
        $session = Start-NsProcess sh -ArgumentList '-c',
            'while read x; do [ "$x" = end ] && break; done; printf last' -Name (New-SessionName)
        Send-NsInput $session first -Line
        $i = 0
        $lines = Receive-NsOutput $session -Wait | ForEach-Object {
            # Each line brings about the next.
            if ($i++ -lt 3) { Send-NsInput $session ($i -lt 3 ? "line$i" : 'end') -Line }
            $_.Text
        }
        $lines | Should -Be first, line1, line2, end, last
    }

    It 'has nothing, and no file, where there was no output' {
        $session = Invoke-Session true
        Receive-NsOutput $session | Should -BeNullOrEmpty
        Receive-NsOutput $session -Raw | Should -BeExactly ''
    }

    It 'keeps the last mebibyte, and begins with a whole line' {
        $session = Invoke-Session 'seq 1 300000'
        $lines = Receive-NsOutput $session
        $lines[-1].Text | Should -Be 300000
        $first = [int]$lines[0].Text
        $lines.Count | Should -Be (300000 - $first + 1)
        $lines.Count | Should -BeGreaterThan 100000
    }

    It 'says SessionLost where the supervisor was killed' {
        $session = New-TestSession
        kill -9 $session.SupervisorProcessId
        $null = Wait-NsProcess $session
        { Receive-NsOutput $session -ErrorAction Stop } | Should -Throw -ErrorId 'SessionLost,*'
    }
}
