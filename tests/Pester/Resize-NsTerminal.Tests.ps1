BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $session = New-TestSession
}

AfterAll {
    Remove-TestSession
}

Describe 'Resize-NsTerminal' {
    It 'sets the size' {
        ($session | Resize-NsTerminal -Columns 101 -Rows 33 -PassThru).TerminalSize.ToString() | Should -Be 101x33
        Resize-NsTerminal $session.Name -Width 65535 -Height 1
        $session.TerminalSize.ToString() | Should -Be 65535x1
    }

    It 'says InvalidTerminalSize for <Columns> by <Rows>' -ForEach @(
        @{ Columns = 0; Rows = 24 }
        @{ Columns = 80; Rows = 0 }
        @{ Columns = -1; Rows = 24 }
        @{ Columns = 65536; Rows = 24 }
        @{ Columns = 80; Rows = [int]::MaxValue }
    ) {
        $before = $session.TerminalSize
        { Resize-NsTerminal $session -Columns $Columns -Rows $Rows } |
            Should -Throw -ErrorId 'InvalidTerminalSize,NsModule.Commands.ResizeNsTerminalCommand'
        $session.TerminalSize | Should -Be $before
    }

    It 'does nothing with -WhatIf' {
        $before = $session.TerminalSize
        Resize-NsTerminal $session -Columns 7 -Rows 7 -WhatIf
        $session.TerminalSize | Should -Be $before
    }

    It 'says SessionEnded' {
        $ended = Start-NsProcess true -Name (New-SessionName) -Wait
        { Resize-NsTerminal $ended -Columns 7 -Rows 7 -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
    }
}
