BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $root = Join-Path (Get-Item $TestDrive).FullName root
    foreach ($name in 'bin', 'etc') {
        $null = New-Item -ItemType Directory -Path "$root/$name"
    }
    Copy-Item /bin/busybox $root/bin/busybox
    foreach ($name in 'cat', 'id', 'ls', 'pwd', 'sh', 'sleep', 'touch') {
        $null = New-Item -ItemType SymbolicLink -Path "$root/bin/$name" -Target busybox
    }

    # What a command in a session with this root shows.
    function Invoke-InRoot {
        param([string] $Script, [hashtable] $Launch = @{})
        $session = Start-NsProcess sh -ArgumentList '-c', $Script -RootPath $root -Name (New-SessionName) @Launch -Wait
        ($session | Receive-NsOutput).Text
        $session | Remove-NsProcess
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'A session with a root of its own' {
    It 'sees that root alone, from its top' {
        Push-Location $HOME
        try {
            Invoke-InRoot 'pwd; cat /etc/hostname; ls -d /home /usr 2>/dev/null' @{ Hostname = 'demo' } | Should -Be '/', 'demo'
        }
        finally {
            Pop-Location
        }
    }

    It 'has the root path on its object' {
        $session = Start-NsProcess sleep 1000 -RootPath $root -Name (New-SessionName)
        $session.RootPath | Should -Be $root
        (Get-NsProcess $session.Id).RootPath | Should -Be $root
        $session | Remove-NsProcess -Force
    }

    It 'takes mounts as strings, hashtables and objects' {
        Set-Content $TestDrive/file content
        $file = Join-Path (Get-Item $TestDrive).FullName file
        $mounts = "${file}:/one:ro", @{ Source = $file; Target = '/two' }, (New-NsMount $file /three)
        Invoke-InRoot 'cat /one /two /three; touch /one 2>/dev/null || echo no' @{ Mount = $mounts; Overlay = $true } |
            Should -Be 'content', 'content', 'content', 'no'
        Test-Path $root/one | Should -BeFalse
    }

    It 'finds its command in the root' {
        { Start-NsProcess bash -RootPath $root } | Should -Throw -ErrorId 'CommandNotFound,NsModule.Commands.StartNsProcessCommand'
    }

    It 'cannot go with -Join' {
        { Start-NsProcess sh -RootPath $root -Join x } |
            Should -Throw -ErrorId 'ParameterNotForJoin,NsModule.Commands.StartNsProcessCommand'
    }
}
