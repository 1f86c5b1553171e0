BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    . $PSScriptRoot/Support/Terminal.ps1
}

AfterAll {
    Get-Job | Remove-Job -Force
    Remove-TestSession
}

Describe '-SeparateError' {
    It 'makes standard error, and nothing else, a pipe' {
        $session = Start-NsProcess -Name (New-SessionName) -SeparateError -Wait sh '-c' 'for i in 0 1 2; do test -t $i; echo $?; done'
        ($session | Receive-NsOutput).Text | Should -Be '0', '0', '1'
    }

    It 'writes lines to the error stream with -Wait' {
        $session = Start-NsProcess -Name (New-SessionName) -SeparateError -Wait sh '-c' '
            echo out; echo one >&2; echo two >&2' -ErrorVariable lines 2>$null
        $? | Should -BeTrue
        "$lines" | Should -Be 'one two'
        $lines[0].FullyQualifiedErrorId | Should -BeLike 'NsCommandStandardError,*'
        ($session | Receive-NsOutput).Text | Should -Be out
    }

    It 'can be redirected by 2>&1' {
        $all = Start-NsProcess -Name (New-SessionName) -SeparateError -Wait sh '-c' 'echo one >&2' 2>&1
        $all[0] | Should -BeOfType [System.Management.Automation.ErrorRecord]
        "$($all[0])" | Should -Be one
        $all[1] | Should -BeOfType [NsModule.NsSession]
    }

    It 'keeps it for Receive-NsOutput -ErrorStream and GetErrorOutput' {
        $session = Start-NsProcess -Name (New-SessionName) -SeparateError sh '-c' 'echo out; echo one >&2; echo two >&2; sleep 1000'
        Wait-Condition { $session.GetErrorOutput() -eq "one`ntwo`n" } | Should -BeTrue
        Stop-NsProcess $session -Force
        $session.GetErrorOutput() | Should -Be "one`ntwo`n"
        (Receive-NsOutput $session -ErrorStream).Text | Should -Be 'one', 'two'
        (Receive-NsOutput $session -ErrorStream -Tail 1).Text | Should -Be two
        Receive-NsOutput $session -ErrorStream -Raw | Should -Be "one`ntwo`n"
    }

    It 'goes with -AsJob' {
        $job = Start-NsProcess -Name (New-SessionName) -SeparateError -AsJob sh '-c' 'echo out; echo one >&2'
        Receive-Job $job -Wait -ErrorVariable lines -ErrorAction SilentlyContinue | Should -Be out
        "$lines" | Should -Be one
    }

    It 'goes with -Join' {
        $session = New-TestSession
        $all = Start-NsProcess -Name (New-SessionName) -Join $session -SeparateError -Wait sh '-c' 'test -t 2 || echo joined >&2' 2>&1
        "$($all[0])" | Should -Be joined
    }

    It 'is missed where it was not asked for' {
        $session = Start-NsProcess -Name (New-SessionName) -Wait true
        { Receive-NsOutput $session -ErrorStream -ErrorAction Stop } | Should -Throw -ErrorId 'NoSeparateError,*'
    }

    It 'shows a line as it is, without a prefix' {
        Invoke-Pwsh "Invoke-NsCommand sh '-c' 'echo plain-line >&2'" | ForEach-Object { "$_" } | Should -BeExactly plain-line
    }

    It 'shows it after Enter-NsTerminal, and not in the terminal' {
        $terminal = Start-PwshTerminal
        try {
            $name = New-SessionName
            $null = Invoke-Line $terminal ("Enter-NsTerminal -Name $name -Keep -SeparateError" +
                " sh '-c' 'test -t 1 && echo out; echo one >&2; exit 3' 2>`$null -ErrorVariable lines")
            $screen = Invoke-Line $terminal '"<$lines> $LASTEXITCODE $($lines[0].FullyQualifiedErrorId.Split(",")[0])"'
            $screen | Should -Match '(?m)^<one> 3 NsCommandStandardError$'
            (Receive-NsOutput $name).Text | Should -Be out
        }
        finally {
            Stop-Terminal $terminal
        }
    }
}
