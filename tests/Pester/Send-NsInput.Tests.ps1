BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    function New-Bash {
        $environment = @{ PS1 = 'READY> '; TERM = 'xterm-256color' }
        $session = Start-NsProcess bash -ArgumentList '--norc', '--noprofile' -Environment $environment -Name (New-SessionName)
        $null = Wait-NsOutput $session 'READY> ' -TimeoutSec $Patience -ErrorAction Stop
        $session
    }

    # A command that shows each byte it reads, in hex, without echo.
    function New-ByteReader {
        param([int] $Count, [string] $Before = '')
        $session = Start-NsProcess sh -ArgumentList '-c',
            "stty raw -echo; printf '${Before}GO'; head -c $Count | od -An -v -tx1" -Name (New-SessionName)
        $null = Wait-NsOutput $session GO -TimeoutSec $Patience -ErrorAction Stop
        $session
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Send-NsInput' {
    It 'types into bash, and its answer is there however fast it came' {
        $session = New-Bash
        foreach ($i in 1..5) {
            Send-NsInput $session "echo answer`$(($i * 11))" -Line
            (Wait-NsOutput $session 'answer(\d+)$' -TimeoutSec $Patience -ErrorAction Stop).Groups[1] | Should -Be "$($i * 11)"
        }
    }

    It 'types into python' {
        if (-not (Get-Command python3 -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'there is no python3 on this machine'
        }
        $session = Start-NsProcess python3 -Environment @{ TERM = 'dumb' } -Name (New-SessionName)
        $null = Wait-NsOutput $session '>>> ' -TimeoutSec $Patience -ErrorAction Stop
        Send-NsInput $session '6 * 7' -Line
        (Wait-NsOutput $session '^\d+$' -TimeoutSec $Patience -ErrorAction Stop).Match | Should -Be 42
    }

    It 'types text as it is' {
        $session = New-ByteReader 10
        Send-NsInput $session "a`$é`n`t€"
        Send-NsInput $session '!'
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        (Receive-NsOutput $session -Raw -PlainText) -replace '\s+', ' ' | Should -Match 'GO 61 24 c3 a9 0a 09 e2 82 ac 21'
    }

    It 'presses <Key>' -ForEach @(
        @{ Key = 'Enter', 'Tab', 'Escape', 'Backspace'; Bytes = '0d 09 1b 7f' }
        @{ Key = 'Ctrl+C', 'ctrl-d', 'Alt+x'; Bytes = '03 04 1b 78' }
        @{ Key = 'Up', 'F1', 'F12'; Bytes = '1b 5b 41 1b 4f 50 1b 5b 32 34 7e' }
    ) {
        $session = New-ByteReader (($Bytes -split ' ').Count)
        Send-NsInput $session -Key $Key
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        (Receive-NsOutput $session -Raw -PlainText) -replace '\s+', ' ' | Should -Match "GO $Bytes"
    }

    It 'presses cursor keys as the program wants them' {
        $session = New-ByteReader 6 -Before '\033[?1h'
        Send-NsInput $session -Key Up, End
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        (Receive-NsOutput $session -Raw -PlainText) -replace '\s+', ' ' | Should -Match 'GO 1b 4f 41 1b 4f 46'
    }

    It 'interrupts with Ctrl+C' {
        $session = New-Bash
        # One process says that it has begun and waits: a shell that is between two commands keeps the signal to itself.
        Send-NsInput $session "sh -c 'echo begin; exec sleep 1000'" -Line
        $null = Wait-NsOutput $session '^begin$' -TimeoutSec $Patience -ErrorAction Stop
        Send-NsInput $session -Key Ctrl+C
        (Wait-NsOutput $session 'READY> ' -TimeoutSec $Patience -ErrorAction Stop).Text | Should -Match '\^C'
    }

    It 'brings a megabyte' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'stty raw -echo; printf GO; head -c 1000000 | sha256sum' -Name (New-SessionName)
        $null = Wait-NsOutput $session GO -TimeoutSec $Patience -ErrorAction Stop
        $text = '0123456789' * 100000
        Send-NsInput $session $text
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        $hash = [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.Text.Encoding]::ASCII.GetBytes($text)))
        Receive-NsOutput $session -Raw | Should -Match $hash
    }

    It 'leaves a session whose input is full stoppable' {
        $session = Start-NsProcess sh -ArgumentList '-c', 'stty raw -echo; printf GO; sleep 1000' -Name (New-SessionName)
        $null = Wait-NsOutput $session GO -TimeoutSec $Patience -ErrorAction Stop
        $job = Start-ThreadJob { Import-Module $using:ModulePath; Send-NsInput $using:session ('x' * 1000000) }
        Wait-Condition { $job.State -eq 'Running' }
        Stop-NsProcess $session -GracePeriodSec 1
        (Wait-NsProcess $session -TimeoutSec $Patience -ErrorAction Stop).State | Should -Be Exited
        { $job | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
    }

    It 'says <Id>' -ForEach @(
        @{ Id = 'InvalidKey'; Parameters = @{ Key = 'Foo' } }
        @{ Id = 'NoInput'; Parameters = @{} }
    ) {
        $thrown = { Send-NsInput x @Parameters } | Should -Throw -ErrorId "$Id,*" -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidArgument
    }

    It 'says SessionEnded for one that has ended' {
        $session = Start-NsProcess true -Name (New-SessionName) -Wait
        { Send-NsInput $session x -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
    }

    It 'completes keys' {
        $text = 'Send-NsInput x -Key Pag'
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Be PageUp, PageDown
    }
}

Describe 'Send-NsInput -Secret' {
    BeforeAll {
        $secret = ConvertTo-SecureString 'pa$$ wörd' -AsPlainText -Force
    }

    It 'types what is secret, as it is, and warns where the terminal shows it' {
        $script = 'stty -echo; echo ask; read -r p; stty echo; echo "[$p]"; echo ask again; read -r p; echo done'
        $session = Start-NsProcess { bash -c $script } -Name (New-SessionName)
        $null = Wait-NsOutput $session ask -TimeoutSec $Patience -ErrorAction Stop
        Send-NsInput $session -Secret $secret -Line -WarningVariable warned
        $warned | Should -BeNullOrEmpty
        (Wait-NsOutput $session '\[(.*)\]' -TimeoutSec $Patience -ErrorAction Stop).Groups[1] | Should -BeExactly 'pa$$ wörd'
        $null = Wait-NsOutput $session 'ask again' -TimeoutSec $Patience -ErrorAction Stop
        Send-NsInput $session -Secret $secret -Line -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -BeLike '*shows what is typed*'
        $null = Wait-NsOutput $session done -TimeoutSec $Patience -ErrorAction Stop
    }

    It 'refuses a secret as text: <Case>' -ForEach @(
        @{ Case = 'SecureString'; Value = { $secret } }
        @{ Case = 'PSCredential'; Value = { [pscredential]::new('u', $secret) } }
    ) {
        $session = Start-NsProcess cat -Name (New-SessionName)
        { Send-NsInput $session (& $Value) -Line } | Should -Throw -ExpectedMessage '*-Secret*'
        Send-NsInput $session 'next' -Line
        (Wait-NsOutput $session '[^\n]*next' -TimeoutSec $Patience -ErrorAction Stop).Text | Should -Not -Match 'System\.'
    }
}
