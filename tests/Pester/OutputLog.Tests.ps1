BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe '-OutputLog' {
    BeforeEach {
        $directory = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        Push-Location $directory
    }

    AfterEach {
        Pop-Location
    }

    It 'keeps all output, at a path relative to the location' {
        $session = Start-NsProcess -Name (New-SessionName) -OutputLog out.log -Wait sh '-c' 'echo one; echo two'
        [System.IO.File]::ReadAllText("$directory/out.log") | Should -Be "one`r`ntwo`r`n"
        $session.OutputLog | Should -Be "$directory/out.log"
        $session.OutputLogError | Should -BeNullOrEmpty
    }

    It 'takes a drive of the file system' {
        $null = Start-NsProcess -Name (New-SessionName) -OutputLog TestDrive:/drive.log -Wait echo one
        Get-Content $TestDrive/drive.log | Should -Be one
    }

    It 'rotates at -LogSizeLimit, with suffixes as PowerShell takes them' {
        $null = Start-NsProcess -Name (New-SessionName) -OutputLog out.log -LogSizeLimit 4KB -Wait seq 2000
        (Get-ChildItem).Name | Should -Be 'out.log', 'out.log.1'
        Get-ChildItem | ForEach-Object Length | Should -BeLessOrEqual 4KB
        (Get-Content out.log)[-1] | Should -Be 2000
    }

    It 'refuses a link and leaves what it leads to alone' {
        Set-Content victim untouched
        $null = New-Item -ItemType SymbolicLink -Path out.log -Target "$directory/victim"
        { Start-NsProcess -OutputLog out.log true } | Should -Throw -ErrorId 'OutputLogIsLink,*'
        Get-Content victim | Should -Be untouched
    }

    It 'says <Id> for <Case>' -ForEach @(
        @{ Case = 'a directory that is missing'; Id = 'OutputLogDirectoryNotFound'; Parameters = @{ OutputLog = 'missing/out.log' } }
        @{ Case = 'a device'; Id = 'OutputLogNotAFile'; Parameters = @{ OutputLog = '/dev/null' } }
        @{ Case = 'a format without a log'; Id = 'OutputLogRequired'; Parameters = @{ LogFormat = 'Raw' } }
        @{ Case = 'a negative limit'; Id = 'InvalidLogSizeLimit'; Parameters = @{ OutputLog = 'out.log'; LogSizeLimit = -1 } }
    ) {
        { Start-NsProcess @Parameters true } | Should -Throw -ErrorId "$Id,*"
        Get-ChildItem | Should -BeNullOrEmpty
    }

    It 'records in asciicast version 2, once for each file' {
        $null = Start-NsProcess -Name (New-SessionName) -OutputLog out.cast -LogFormat Asciicast -Wait printf 'gr\303\274n\n'
        $first, $others = Get-Content out.cast
        $header = $first | ConvertFrom-Json
        $header.version | Should -Be 2
        $header.width | Should -Be 80
        -join ($others | ForEach-Object { ($_ | ConvertFrom-Json)[2] }) | Should -Be "grün`r`n"
        { Start-NsProcess -OutputLog out.cast -LogFormat Asciicast true } | Should -Throw -ErrorId 'OutputLogExists,*'
    }

    It 'records what asciinema plays' {
        if (-not (Get-Command asciinema -CommandType Application -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'there is no asciinema on this machine'
        }
        $null = Start-NsProcess -Name (New-SessionName) -OutputLog out.cast -LogFormat Asciicast -Wait sh '-c' '
            printf "gr\303"; sleep 0.1; printf "\274n\n\033[1mbold\033[0m\n"'
        # The player wants a terminal of its own.
        foreach ($command in 'cat', 'play') {
            $player = Start-NsProcess -Name (New-SessionName) -Wait asciinema $command out.cast
            $player.ExitCode | Should -Be 0
            (Receive-NsOutput $player -Raw) | Should -Match ([regex]::Escape("grün`r`n`e[1mbold`e[0m`r`n"))
        }
    }
}
