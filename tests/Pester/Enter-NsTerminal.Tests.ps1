BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    . $PSScriptRoot/Support/Terminal.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Enter-NsTerminal without a console' {
    It 'is refused in <Case>: NoConsole' -ForEach @(
        @{ Case = 'a background job'
            Run = { Start-Job { Import-Module $using:ModulePath; Enter-NsTerminal -ErrorAction Stop } | Receive-Job -Wait -AutoRemoveJob } }
        @{ Case = 'a thread job'
            Run = { Start-ThreadJob { Import-Module $using:ModulePath; Enter-NsTerminal } | Receive-Job -Wait -AutoRemoveJob } }
        @{ Case = 'ForEach-Object -Parallel'; Run = { 1 | ForEach-Object -Parallel { Import-Module $using:ModulePath; Enter-NsTerminal } } }
        @{ Case = 'a runspace'
            Run = {
                $shell = [powershell]::Create().AddScript("Import-Module '$ModulePath'; Enter-NsTerminal")
                $shell.Invoke()
                $shell.Streams.Error
            } }
    ) {
        $problem = $null
        try {
            $problem = & $Run 2>&1
        }
        catch {
            $problem = $_
        }
        $problem = @($problem)[0]
        $problem.FullyQualifiedErrorId | Should -BeLike 'NoConsole,NsModule.Commands.EnterNsTerminalCommand'
        $problem.CategoryInfo.Category | Should -Be InvalidOperation
    }

    It 'is refused there for a running session, too' {
        $session = New-TestSession
        $id = $session.Id
        $problem = Start-ThreadJob {
            Import-Module $using:ModulePath
            try { Enter-NsTerminal -Session $using:id } catch { $_.FullyQualifiedErrorId }
        } | Receive-Job -Wait -AutoRemoveJob
        $problem | Should -BeLike 'NoConsole,*'
        $session.State | Should -Be Running
    }

    It 'relays an input that is no terminal, and its end' {
        'uname -n; exit 7' | Invoke-Pwsh "Enter-NsTerminal sh -Hostname demo -Name $(New-SessionName); `"code `$LASTEXITCODE`"" |
            Out-String | Should -Match '(?s)demo.*code 7'
    }

    # One pwsh for all of them: to start one is what takes time.
    Context 'Ends' {
        BeforeAll {
            $ended = (Start-NsProcess true -Name (New-SessionName) -Wait).Name
            $name = New-SessionName
            $commands = @{
                'exit 7'          = "sh -ArgumentList '-c', 'exit 7'"
                'SIGKILL'         = "sh -ArgumentList '-c', 'kill -9 `$`$'"
                'success'         = 'true'
                'no such command' = 'no-such-command -ErrorAction SilentlyContinue'
                'no permission'   = '/etc/passwd -ErrorAction SilentlyContinue'
            }
            $script = @(
                foreach ($case in $commands.Keys) {
                    "`$global:LASTEXITCODE = 99"
                    "try { Enter-NsTerminal -Name $(New-SessionName) $($commands[$case]) } catch { }"
                    "`"$case`: code `$LASTEXITCODE.`""
                }
                "try { Enter-NsTerminal -Session no-such-session } catch { `"none: `$(`$_.FullyQualifiedErrorId)`" }"
                "try { Enter-NsTerminal -Session $ended } catch { `"ended: `$(`$_.FullyQualifiedErrorId)`" }"
                "Enter-NsTerminal true -Name $name-1 | ForEach-Object { `"not asked for: `$_`" }"
                "Enter-NsTerminal true -Name $name-2 -PassThru | ForEach-Object { `"passed: `$(`$_.GetType().FullName) `$(`$_.ExitCode)`" }"
            ) -join "`n"
            $shown = (Invoke-Pwsh $script | Out-String) -split '\r?\n'
        }

        It 'sets $LASTEXITCODE: <Code> for <Case>' -ForEach @(
            @{ Case = 'exit 7'; Code = 7 }
            @{ Case = 'SIGKILL'; Code = 137 }
            @{ Case = 'success'; Code = 0 }
            @{ Case = 'no such command'; Code = 127 }
            @{ Case = 'no permission'; Code = 126 }
        ) {
            $shown | Should -Contain "$Case`: code $Code."
        }

        It 'says SessionNotFound, SessionEnded: <Case>' -ForEach @(
            @{ Case = 'none'; Id = 'SessionNotFound' }
            @{ Case = 'ended'; Id = 'SessionEnded' }
        ) {
            $shown | Should -Contain "$Case`: $Id,NsModule.Commands.EnterNsTerminalCommand"
        }

        It 'returns the session with -PassThru only' {
            $shown | Should -Contain 'passed: NsModule.NsSession 0'
            $shown -match 'not asked for' | Should -BeNullOrEmpty
        }
    }

    It 'starts nothing with -WhatIf' {
        $name = New-SessionName
        Invoke-Pwsh "Enter-NsTerminal -Name $name -WhatIf" | Out-String | Should -Match 'What if'
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }
}

Describe 'Enter-NsTerminal at a terminal' {
    AfterAll {
        $null = & tmux -L $TmuxSocket kill-server 2>&1
    }

    Context 'One pwsh with PSReadLine' {
        BeforeAll {
            $terminal = Start-PwshTerminal
        }

        AfterAll {
            Stop-Terminal $terminal
        }

        BeforeEach {
            $name = New-SessionName
            $null = Invoke-Line $terminal 'Clear-Host'
            $settings = Get-Stty $terminal
        }

        AfterEach {
            Get-NsProcess "$name*" | Remove-NsProcess -Force
        }

        It 'is a shell in the namespaces, and gives everything back' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Hostname demo -Environment @{ PS1 = '\h:in> ' }"
            $null = Wait-Screen $terminal '^demo:in>$'
            Send-Line $terminal 'echo $((6*7)) $(uname -n) $(ps ax | grep -c "[s]leep 98765") $(tty)'
            $null = Wait-Screen $terminal '^42 demo 0 /dev/\S+$'
            Get-Screen $terminal | Should -Not -Match 'job control'
            Send-Line $terminal 'exit 7'
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '"code=$LASTEXITCODE"' | Should -Match '(?m)^code=7$'
        }

        It 'passes keys on as they are: ^C interrupts, ^Z stops, fg resumes, ^D ends' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            Send-Line $terminal 'echo one; sleep 1000'
            $null = Wait-Screen $terminal '^one$'
            Send-Key $terminal C-c
            Send-Line $terminal 'echo two=$?'
            $null = Wait-Screen $terminal '^two=130$'
            Send-Line $terminal 'echo three; sleep 1000'
            $null = Wait-Screen $terminal '^three$'
            Send-Key $terminal C-z
            $null = Wait-Screen $terminal 'Stopped +sleep 1000'
            Send-Line $terminal 'fg'
            $null = Wait-Screen $terminal '^sleep 1000\n*\z'
            Send-Key $terminal C-c
            $null = Wait-Screen $terminal '^in>\n*\z'
            Send-Key $terminal C-d
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
        }

        It 'leaves editing and history to PSReadLine afterwards' {
            $null = Invoke-Line $terminal '"val=$(40+2)"'
            $null = Invoke-Line $terminal "Enter-NsTerminal true -Name $name"
            Send-Key $terminal Up Up Enter
            $screen = Wait-Prompt $terminal
            ([regex]::Matches($screen, '(?m)^val=42$')).Count | Should -Be 2

            Send-Text $terminal 'rite-Output "a$(1)b"'
            Send-Key $terminal Home
            Send-Text $terminal 'W'
            Send-Key $terminal End Left Left
            Send-Text $terminal 'xy'
            Send-Key $terminal Left BSpace Delete
            Send-Text $terminal 'z'
            Send-Key $terminal Enter
            Wait-Prompt $terminal | Should -Match '(?m)^a1zb$|^a1bz$'

            Send-Text $terminal 'no such command'
            Send-Key $terminal C-c
            $null = Wait-Prompt $terminal
            Invoke-Line $terminal '"still=$(1+1)"' | Should -Match '(?m)^still=2$'
        }

        It 'keeps raw mode when <Case> of pwsh ends meanwhile' -ForEach @(
            @{ Case = 'a child'; Start = '$p = Start-Process sh "{0}" -PassThru'; Job = $false }
            @{ Case = 'a background job'; Start = '$p = Start-Job {{ sh "{0}" }}'; Job = $true }
        ) {
            # Runs as long as there is the file.
            $file = New-Item -ItemType File (Join-Path (Get-Item $TestDrive).FullName ([guid]::NewGuid().ToString('N')))
            $script = "$file.sh"
            Set-Content $script "while [ -e '$file' ]; do sleep 0.05; done"
            $null = Invoke-Line $terminal ($Start -f $script)
            Wait-Condition { & pgrep -f "sh $script`$" } -Because 'the child runs'
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            Test-Raw $terminal | Should -BeTrue
            $raw = Get-Stty $terminal
            if ($Job) {
                $jobProcess = & pgrep -P $terminal.ProcessId -f -- '-s( |$)'
                $jobProcess | Should -HaveCount 1 -Because 'the job has a process of its own'
            }
            Remove-Item $file
            Wait-Condition { -not (& pgrep -f "sh $script`$") } -Because 'the child has ended'
            if ($Job) {
                Wait-Condition { -not (Test-Process $jobProcess) } -Because 'the job''s process has ended'
            }
            Send-Line $terminal 'echo alive=$((1+1))'
            $null = Wait-Screen $terminal '^alive=2$'
            # pwsh's own runtime sets the time between bytes now and then, which with min = 1 means nothing for raw mode.
            (Get-Stty $terminal) -replace 'time = \d+' | Should -Be ($raw -replace 'time = \d+')
            Send-Line $terminal 'exit'
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
        }

        It 'gives the prompt back when ns-agent attach is killed, and the session runs on' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            $session = Get-NsProcess $name
            kill -9 (Get-AttachProcess $terminal.ProcessId)
            Wait-Prompt $terminal | Should -Match 'Enter-NsTerminal'
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '$Error[0].FullyQualifiedErrorId' | Should -Match 'AttachFailed,'
            Send-Key $terminal Up Up
            Send-Key $terminal C-c
            $null = Wait-Prompt $terminal
            $session.State | Should -Be Running

            Send-Line $terminal "Enter-NsTerminal -Session $($session.Id)"
            $null = Wait-Condition { $session.AttachedClients -eq 1 } -Because 'it is attached again'
            Send-Line $terminal 'echo again=$((1+1)); exit 4'
            Wait-Prompt $terminal | Should -Match '(?m)^again=2$'
            Invoke-Line $terminal '"code=$LASTEXITCODE"' | Should -Match '(?m)^code=4$'
        }

        It 'gives the prompt back when the supervisor is killed: SessionLost' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            $session = Get-NsProcess $name
            kill -9 $session.SupervisorProcessId
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '$Error[0].FullyQualifiedErrorId' | Should -Match 'SessionLost,'
            $session.State | Should -Be Lost
        }

        It 'gives the prompt back when another pwsh stops the session' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            Stop-NsProcess $name -Force
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '"code=$LASTEXITCODE"' | Should -Match '(?m)^code=137$'
        }

        It 'attaches to a running session by name, from the pipeline, and one terminal with another' {
            $session = Start-NsProcess bash '--norc' -Name $name -Environment @{ PS1 = 'in> ' }
            Send-Line $terminal "Get-NsProcess $name | Enter-NsTerminal"
            $null = Wait-Condition { $session.AttachedClients -eq 1 } -Because 'it is attached'
            $second = Start-PwshTerminal
            try {
                Send-Line $second "Enter-NsTerminal -Id $($session.Id.Substring(0, 11))"
                $null = Wait-Condition { $session.AttachedClients -eq 2 } -Because 'both are attached'
                Send-Line $second 'echo both=$((1+1))'
                $null = Wait-Screen $second '^both=2$'
                $null = Wait-Screen $terminal '^both=2$'
                Send-Line $terminal 'exit 5'
                $null = Wait-Prompt $terminal
                $null = Wait-Prompt $second
                Invoke-Line $second '"code=$LASTEXITCODE"' | Should -Match '(?m)^code=5$'
            }
            finally {
                Stop-Terminal $second
            }
        }

        It 'leaves a session with the detach keys, which a list may give, and comes back' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            Send-Key $terminal 'C-]' 'C-]' 'C-]'
            Wait-Prompt $terminal | Should -Match 'runs on'
            Get-Stty $terminal | Should -Be $settings
            $session = Get-NsProcess $name
            $session.State | Should -Be Running
            Send-Line $terminal "Enter-NsTerminal -Session $name -DetachKeys ctrl-p,ctrl-q"
            $null = Wait-Condition { $session.AttachedClients -eq 1 } -Because 'it is attached again'
            Send-Line $terminal 'echo again=$((1+1))'
            $null = Wait-Screen $terminal '^again=2$'
            Send-Key $terminal C-p C-q
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
            $session.State | Should -Be Running
        }

        It 'leaves the terminal alone when the launch fails' {
            Invoke-Line $terminal 'Enter-NsTerminal no-such-command' | Should -Match 'not found'
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '"code=$LASTEXITCODE $($Error[0].FullyQualifiedErrorId)"' | Should -Match '(?m)^code=127 CommandNotFound,'
        }

        It 'interrupts Start-NsProcess -Wait and Wait-NsProcess with ^C, and the session runs on' {
            Send-Line $terminal "Start-NsProcess sleep 1000 -Name $name -Wait"
            $null = Wait-Condition { Get-NsProcess "$name*" } -Because 'the session is there'
            $session = Get-NsProcess $name
            Send-Key $terminal C-c
            $null = Wait-Prompt $terminal
            $session.State | Should -Be Running
            Send-Line $terminal "'wait' + 'ing'; Wait-NsProcess $name"
            $null = Wait-Screen $terminal '^waiting$'
            Send-Key $terminal C-c
            $null = Wait-Prompt $terminal
            $session.State | Should -Be Running
            Get-Stty $terminal | Should -Be $settings
        }
    }

    Context 'The window''s size' {
        BeforeAll {
            $terminal = Start-PwshTerminal -Columns 80 -Rows 24
            $name = New-SessionName
        }

        AfterAll {
            Stop-Terminal $terminal
        }

        It 'is right at the first prompt and after every resize' {
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            Send-Line $terminal 'stty size'
            $null = Wait-Screen $terminal '^24 80$'
            foreach ($size in @(120, 40), @(100, 30), @(80, 24)) {
                $null = Invoke-Tmux resize-window -t $terminal.Name -x $size[0] -y $size[1]
                Wait-Condition {
                    (Get-NsProcess $name).TerminalSize.ToString() -eq "$($size[0])x$($size[1])"
                } -Because "the session has $size"
                Send-Line $terminal 'clear; echo $(stty size)=now'
                $null = Wait-Screen $terminal "^$($size[1]) $($size[0])=now$"
            }
            Send-Line $terminal 'exit'
            $null = Wait-Prompt $terminal
        }

        It 'has a full-screen editor draw correctly, before and after' {
            $vi = @(Get-Command vim, vi, vim.tiny -CommandType Application -ErrorAction Ignore)[0].Path
            $vi | Should -Not -BeNullOrEmpty -Because 'this test takes vi: install the package vim-tiny'
            1..100 | ForEach-Object { "line number $_" } | Set-Content $TestDrive/lines
            $null = Invoke-Line $terminal 'Clear-Host'
            $settings = Get-Stty $terminal
            Send-Line $terminal "Enter-NsTerminal $vi -Name $name -ArgumentList '-u', 'NONE', '-N', '$TestDrive/lines'"
            $null = Wait-Screen $terminal '\Aline number 1\n(line number \d+\n){21}line number 23\n.*lines'
            $null = Invoke-Tmux resize-window -t $terminal.Name -x 120 -y 40
            $null = Wait-Screen $terminal '\Aline number 1\n(line number \d+\n){37}line number 39\n'
            Send-Text $terminal '50Gonew text'
            Send-Key $terminal Escape
            $null = Wait-Screen $terminal '^line number 50\nnew text$'
            $null = Invoke-Tmux resize-window -t $terminal.Name -x 80 -y 24
            Wait-Condition { (Get-NsProcess $name).TerminalSize.ToString() -eq '80x24' } -Because 'the session has the size again'
            $null = Wait-Screen $terminal '^line number 50\nnew text$'
            Send-Line $terminal ':wq'
            $null = Wait-Prompt $terminal
            (Get-Content $TestDrive/lines)[50] | Should -Be 'new text'
            Get-Stty $terminal | Should -Be $settings
        }
    }

    Context 'The end of pwsh while attached' {
        BeforeEach {
            $name = New-SessionName
            $terminal = Start-PwshUnderShell
        }

        AfterEach {
            Stop-Terminal $terminal
            Get-NsProcess "$name*" | Remove-NsProcess -Force
        }

        It 'restores the terminal on SIG<_>' -ForEach 'TERM', 'HUP', 'KILL' {
            $settings = Get-Stty $terminal
            $pwshId = Enter-Pwsh $terminal
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            $attach = Get-AttachProcess $pwshId
            Test-Raw $terminal | Should -BeTrue

            kill "-$_" $pwshId
            $null = Wait-Screen $terminal 'OUT>\n*\z'
            Wait-Condition { -not (Test-Process $attach) } -Because 'ns-agent attach has left'
            Wait-Condition { (Get-Stty $terminal) -eq $settings } -Because "the terminal is as before: $settings"
            Send-Line $terminal 'echo works=$((1+1))'
            $null = Wait-Screen $terminal '^works=2$'
        }

        It 'restores the terminal when pwsh and ns-agent attach are both killed' {
            $settings = Get-Stty $terminal
            $pwshId = Enter-Pwsh $terminal
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            kill -9 $pwshId (Get-AttachProcess $pwshId)
            $null = Wait-Screen $terminal 'OUT>\n*\z'
            Wait-Condition { (Get-Stty $terminal) -eq $settings } -Because "the terminal is as before: $settings"
            Send-Line $terminal 'echo works=$((1+1))'
            $null = Wait-Screen $terminal '^works=2$'
        }
    }

    Context 'The end of pwsh under a shell that edits its lines' {
        BeforeEach {
            $name = New-SessionName
            $terminal = Start-Terminal 'env', 'PS1=OUT> ', 'bash', '--norc', '--noprofile'
            $null = Wait-Screen $terminal '^OUT>$'

            function Get-Mode {
                Invoke-Tmux display-message -p -t $terminal.Name '#{alternate_on} #{cursor_flag} #{mouse_standard_flag}'
            }
        }

        AfterEach {
            Stop-Terminal $terminal
            Get-NsProcess "$name*" | Remove-NsProcess -Force
        }

        It 'takes back what the session has changed on the screen, with <_> killed' -ForEach 'pwsh', 'pwsh and ns-agent attach' {
            $pwshId = Enter-Pwsh $terminal
            Send-Line $terminal "Enter-NsTerminal bash --norc -Name $name -Environment @{ PS1 = 'in> ' }"
            $null = Wait-Screen $terminal '^in>$'
            $attach = Get-AttachProcess $pwshId
            Send-Line $terminal "printf '\e[?1049h\e[?25l\e[?1000h'"
            Wait-Condition { (Get-Mode) -eq '1 0 1' } -Because 'the session has the other screen, the mouse, and no cursor'

            # The shell takes the terminal back at once, and sets it as it needs it.
            kill -9 $pwshId $(if ($_ -ne 'pwsh') { $attach })
            Wait-Condition { -not (Test-Process $attach) } -Because 'ns-agent attach has left'
            Wait-Condition { (Get-Mode) -eq '0 1 0' } -Because 'the screen is the shell''s again'
            Send-Line $terminal 'echo works=$((1+1))'
            $null = Wait-Screen $terminal '^works=2$'
        }
    }

    Context 'The person''s own settings' {
        AfterEach {
            Stop-Terminal $terminal
        }

        It 'are those of the session''s terminal: keys, and whether Ctrl+S holds' {
            $terminal = Start-PwshTerminal -Through 'sh', '-c', 'stty erase ^H intr ^G -ixon; exec "$@"', 'sh'
            Send-Line $terminal "Enter-NsTerminal -Name (New-Guid) sh '-c' 'stty -a; read x'"
            $null = Wait-Screen $terminal 'intr = \^G;.*erase = \^H;'
            $null = Wait-Screen $terminal ' -ixon '
            Send-Line $terminal ''
            $null = Wait-Prompt $terminal
        }

        It 'are the usual ones where nobody has set others, and those of a program in raw mode are not taken over' {
            $terminal = Start-PwshTerminal
            Send-Line $terminal "Enter-NsTerminal -Name (New-Guid) sh '-c' 'stty -a; read x'"
            $null = Wait-Screen $terminal 'intr = \^C;.*erase = \^\?;'
            $null = Wait-Screen $terminal '(?s) ixon .* icanon .* echo '
            Send-Line $terminal ''
            $null = Wait-Prompt $terminal
        }
    }

    Context 'An ordinary user' -Tag User {
        AfterEach {
            Stop-Terminal $terminal
        }

        It 'has the same shell, as root of namespaces of their own' {
            $user = id -u
            $terminal = Start-PwshTerminal -Through (Get-OwnStore)
            $null = Invoke-Line $terminal 'Set-Location ~; Clear-Host'
            $settings = Get-Stty $terminal
            Send-Line $terminal "Enter-NsTerminal bash --norc -Hostname demo -Environment @{ PS1 = '\h:in> ' }"
            $null = Wait-Screen $terminal '^demo:in>$'
            Test-Raw $terminal | Should -BeTrue
            Send-Line $terminal 'echo $((6*7)) $(id -u) $(cat /proc/self/setgroups) $(tr -s " " </proc/self/uid_map) $(stty size)'
            $null = Wait-Screen $terminal "^42 0 deny 0 $user 1 24 80$"
            Send-Line $terminal 'sleep 1000'
            Send-Key $terminal C-c
            Send-Line $terminal 'exit 7'
            $null = Wait-Prompt $terminal
            Get-Stty $terminal | Should -Be $settings
            Invoke-Line $terminal '"code=$LASTEXITCODE"' | Should -Match '(?m)^code=7$'
            Send-Key $terminal Up Up
            Send-Key $terminal C-c
            $null = Wait-Prompt $terminal
            Invoke-Line $terminal 'Get-NsProcess | Remove-NsProcess -Force; "left=$(@(Get-NsProcess).Count)"' | Should -Match '(?m)^left=0$'
        }
    }
}
