BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

Describe 'New-NsMount' {
    It 'describes a directory of the host, and makes its path absolute' {
        Push-Location $TestDrive
        try {
            $mount = New-NsMount data /data -ReadOnly -Recurse
        }
        finally {
            Pop-Location
        }
        $mount | Should -BeOfType NsModule.NsMount
        $mount.Type | Should -Be Bind
        $mount.Source | Should -Be (Join-Path (Get-Item $TestDrive).FullName data)
        $mount.Target | Should -Be /data
        $mount.ReadOnly, $mount.Recurse, $mount.IdMap | Should -Be $true, $true, $false
        $mount.NoExec | Should -BeNullOrEmpty
    }

    It 'tells the type from what is given' {
        (New-NsMount -Content x -Target /f).Type | Should -Be File
        (New-NsMount -LowerPath /a, /b -Target /o).Type | Should -Be Overlay
        (New-NsMount -Target /t).Type | Should -Be Tmpfs
        (New-NsMount -Type Proc -Target /p).Type | Should -Be Proc
    }

    It 'takes content as text, lines and bytes' {
        [Text.Encoding]::UTF8.GetString((New-NsMount -Content 'äx' -Target /f).Content) | Should -BeExactly 'äx'
        [Text.Encoding]::UTF8.GetString((New-NsMount -Content 'a', 'b' -Target /f).Content) | Should -BeExactly "a`nb`n"
        (New-NsMount -Content ([byte[]](0, 255)) -Target /f).Content | Should -Be 0, 255
        (New-NsMount -Content '' -Target /f).Content | Should -HaveCount 0
    }

    It 'reads modes as octal digits and sizes with a suffix' {
        $mount = New-NsMount -Target /t -Mode 0750 -Size 10MB -NoDev:$false
        $mount.Mode | Should -Be 0x1e8
        $mount.Size | Should -Be 10485760
        $mount.NoDev | Should -BeFalse
        $mount.NoDev | Should -Not -BeNullOrEmpty
    }

    It 'refuses <Why>' -ForEach @(
        @{ Why = 'a relative target'; Arguments = @{ Source = '/a'; Target = 'b' } }
        @{ Why = 'the root as target'; Arguments = @{ Source = '/a'; Target = '/x/..' } }
        @{ Why = 'a mode that is none'; Arguments = @{ Type = 'Tmpfs'; Target = '/t'; Mode = '98' } }
        @{ Why = 'an upper directory without a work directory'; Arguments = @{ LowerPath = '/a'; Target = '/t'; UpperPath = '/u' } }
        @{ Why = 'a bind mount of nothing'; Arguments = @{ Type = 'Bind'; Target = '/t' } }
    ) {
        { New-NsMount @Arguments } | Should -Throw -ErrorId 'InvalidMount,NsModule.Commands.NewNsMountCommand'
    }

    It 'survives Export-Clixml' {
        New-NsMount /etc /e -ReadOnly | Export-Clixml $TestDrive/mount.xml
        $mount = Import-Clixml $TestDrive/mount.xml | Select-Object Source, @{ n = 'Target'; e = { '/mnt' } }, ReadOnly
        $session = Start-NsProcess -Mount $mount -Name (New-SessionName) -Wait -- test -e /mnt/passwd
        $session.ExitCode | Should -Be 0
        $session | Remove-NsProcess
    }
}
