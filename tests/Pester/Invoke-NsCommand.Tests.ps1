BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Invoke-NsCommand' {
    It 'returns lines, as a native command does' {
        $mine = Invoke-NsCommand sh -- -c 'printf "a\r\nb\rc\n\n\303\244"'
        $native = sh -c 'printf "a\r\nb\rc\n\n\303\244"'
        $mine | Should -Be $native
        $mine | ForEach-Object { $_ | Should -BeOfType string }
    }

    It 'formats input as for a native command' {
        $objects = 'x', [pscustomobject]@{ Name = 'a'; Value = 1 }, 2.5, [timespan]::FromSeconds(3), $null, 'y'
        $objects | Invoke-NsCommand cat | Should -Be ($objects | cat)
    }

    It 'has standard error in the error stream, apart from output' {
        $all = Invoke-NsCommand sh -ErrorVariable kept -- -c 'echo out; echo err >&2' 2>&1
        $all | Where-Object { $_ -is [string] } | Should -Be out
        $errors = @($all | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        $errors.Exception.Message | Should -Be err
        $errors.FullyQualifiedErrorId | Should -Be 'NsCommandStandardError,NsModule.Commands.InvokeNsCommandCommand'
        "$kept" | Should -Be err
        Invoke-NsCommand sh -- -c 'echo err >&2' 2> $TestDrive/errors
        Get-Content $TestDrive/errors -Raw | Should -Match err
    }

    It 'sets $? and $LASTEXITCODE as a native command does' {
        $ErrorActionPreference = 'Stop'
        Invoke-NsCommand sh -- -c 'echo err >&2' 2>$null
        $? | Should -BeTrue
        $LASTEXITCODE | Should -Be 0
        Invoke-NsCommand sh -- -c 'exit 5'
        $? | Should -BeFalse
        $LASTEXITCODE | Should -Be 5
        Invoke-NsCommand sh -- -c 'kill $$'
        $LASTEXITCODE | Should -Be 143
    }

    It 'honours $PSNativeCommandUseErrorActionPreference' {
        $PSNativeCommandUseErrorActionPreference = $true
        { Invoke-NsCommand false } | Should -Throw -ErrorId 'CommandExitedWithNonZeroCode,*'
        Invoke-NsCommand false -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'CommandExitedWithNonZeroCode,*'
        Invoke-NsCommand true
    }

    It 'is ended by Select-Object -First, with all that it has started' {
        $name = New-SessionName
        $line = Invoke-NsCommand sh -Name $name -Namespace Mount, Uts -- -c 'sleep 1000 & echo $!; yes' | Select-Object -First 1
        Test-Process $line | Should -BeFalse
        Get-NsProcess | Where-Object Name -EQ $name | Should -BeNullOrEmpty
    }

    It 'ends when its pwsh is killed' {
        $name = New-SessionName
        $script = Join-Path $TestDrive kill.ps1
        Set-Content $script "Import-Module '$ModulePath'; Invoke-NsCommand sleep 1000 -Name $name"
        $program, $arguments = $Pwsh + '-NoProfile', '-NonInteractive', '-File', $script
        $process = Start-Process $program $arguments -PassThru -RedirectStandardInput /dev/null -RedirectStandardOutput $TestDrive/kill.out
        $session = Wait-Condition { Get-NsProcess | Where-Object Name -EQ $name }
        & kill -9 $process.Id
        Wait-Condition { -not (Test-Process $session.ProcessId) } -Because 'the command ends' | Should -BeTrue
        Wait-Condition { -not (Test-Process $session.SupervisorProcessId) } -Because 'the supervisor ends' | Should -BeTrue
        Get-NsProcess | Where-Object Name -EQ $name | Should -BeNullOrEmpty
    }

    It 'returns bytes as Get-Content -AsByteStream does' {
        $bytes = [byte[]](0..255)
        [System.IO.File]::WriteAllBytes("$TestDrive/bytes", $bytes)
        $got = Invoke-NsCommand cat $TestDrive/bytes -AsBytes
        [System.Linq.Enumerable]::SequenceEqual([byte[]]$got, $bytes) | Should -BeTrue
        Invoke-NsCommand cat $TestDrive/bytes -AsBytes | Set-Content $TestDrive/copy -AsByteStream
        (Get-FileHash $TestDrive/copy).Hash | Should -Be (Get-FileHash $TestDrive/bytes).Hash
        $raw = Invoke-NsCommand cat $TestDrive/bytes -AsBytes -Raw
        , $raw | Should -BeOfType byte[]
        $raw | Should -HaveCount 256
    }

    It 'runs in a session with -Session, which takes the <Case>' -ForEach @(
        @{ Case = 'object'; Argument = { $args[0] } }
        @{ Case = 'name'; Argument = { $args[0].Name } }
        @{ Case = 'deserialized object'
            Argument = { $file = Join-Path $TestDrive s.xml; $args[0] | Export-Clixml $file; Import-Clixml $file } }
    ) {
        $session = Start-NsProcess sleep 1000 -Hostname shared -Name (New-SessionName)
        Invoke-NsCommand -Session (& $Argument $session) uname -- -n | Should -Be shared
        $session.State | Should -Be Running
    }

    It 'works in thread jobs and parallel loops, several at once' {
        $results = 1..6 | ForEach-Object -ThrottleLimit 6 -Parallel {
            Import-Module $using:ModulePath
            "line $_" | Invoke-NsCommand cat
        }
        $results | Sort-Object | Should -Be (1..6 | ForEach-Object { "line $_" })
    }

    It 'starts nothing with -WhatIf' {
        Invoke-NsCommand touch $TestDrive/touched -WhatIf | Should -BeNullOrEmpty
        "$TestDrive/touched" | Should -Not -Exist
    }

    It 'completes -Session' {
        $session = New-TestSession
        $line = "Invoke-NsCommand -Session $($session.Name.Substring(0, $session.Name.Length - 2))"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be $session.Name
    }

    It 'has no terminal to enter or to type at' {
        $name = New-SessionName
        $results = Invoke-NsCommand sh -Name $name -- -c 'echo; sleep 1000' | ForEach-Object {
            try { Enter-NsTerminal -Session $name } catch { $_.FullyQualifiedErrorId }
            try { Send-NsInput $name x -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
            try { Resize-NsTerminal $name -Columns 80 -Rows 24 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
            Stop-NsProcess $name -Force
        }
        $results | Should -HaveCount 3
        $results | Should -BeLike 'NoTerminal,*'
        $LASTEXITCODE | Should -Be 137
    }
}
