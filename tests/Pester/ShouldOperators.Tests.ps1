BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Should operators' {
    BeforeAll {
        $session = Start-NsProcess { bash -c 'echo first; printf "\033[2J\033[Hsecond\n"; sleep 1000' } -Name (New-SessionName)
        $null = Wait-NsOutput $session second -TimeoutSec $Patience -ErrorAction Stop
    }

    It 'looks at the output with -HaveNsOutput' {
        $session | Should -HaveNsOutput 'fir(s)t' -TimeoutSec $Patience
        $session | Should -HaveNsOutput second
        $session | Should -Not -HaveNsOutput third
    }

    It 'looks at the screen with -ShowOnNsScreen' {
        $session | Should -ShowOnNsScreen '^second$' -TimeoutSec $Patience
        $session | Should -Not -ShowOnNsScreen first
    }

    It 'fails with the last screen' {
        { $session | Should -HaveNsOutput third -TimeoutSec 0.1 -Because 'it is asked for' } |
            Should -Throw -ExpectedMessage "*output of the session to match 'third', because it is asked for*second*"
        { $session | Should -Not -ShowOnNsScreen second } | Should -Throw -ExpectedMessage "*not to match 'second'*"
    }

    It 'passes on what is no answer' {
        { 'no-such-session' | Should -HaveNsOutput x } | Should -Throw -ExpectedMessage '*no-such-session*'
    }
}
