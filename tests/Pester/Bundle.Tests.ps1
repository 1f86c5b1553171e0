BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $bundle = Join-Path (Get-Item $TestDrive).FullName bundle
    foreach ($name in 'bin', 'etc') {
        $null = New-Item -ItemType Directory -Path "$bundle/rootfs/$name"
    }
    Copy-Item /bin/busybox $bundle/rootfs/bin/busybox
    foreach ($name in 'cat', 'echo', 'hostname', 'sh') {
        $null = New-Item -ItemType SymbolicLink -Path "$bundle/rootfs/bin/$name" -Target busybox
    }

    $user, $group = [int](/usr/bin/id -u), [int](/usr/bin/id -g)
    function Write-Config {
        param([hashtable] $More = @{})
        $config = @{
            ociVersion = '1.0.2'
            hostname   = 'box'
            root       = @{ path = 'rootfs' }
            process    = @{
                user = @{ uid = 0; gid = 0 }
                args = 'sh', '-c', 'hostname; echo $A'
                env  = @('PATH=/bin', 'A=1')
                cwd  = '/'
            }
            mounts     = @(
                @{ destination = '/proc'; type = 'proc'; source = 'proc' }
                @{ destination = '/dev'; type = 'tmpfs'; options = @('nosuid', 'mode=755') }
            )
            linux      = @{
                namespaces  = @('pid', 'mount', 'uts', 'ipc', 'user' | ForEach-Object { @{ type = $_ } })
                uidMappings = @(@{ containerID = 0; hostID = $user; size = 1 })
                gidMappings = @(@{ containerID = 0; hostID = $group; size = 1 })
            }
        }
        foreach ($name in $More.Keys) {
            $config[$name] = $More[$name]
        }
        $config | ConvertTo-Json -Depth 9 | Set-Content $bundle/config.json
    }

    function Invoke-Bundle {
        param([hashtable] $Launch = @{})
        $session = Start-NsProcess -Bundle $bundle -Name (New-SessionName) @Launch -Wait
        ($session | Receive-NsOutput).Text
        $session | Remove-NsProcess
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'An OCI bundle' {
    It 'runs as its config.json says' {
        Write-Config
        Invoke-Bundle | Should -Be 'box', '1'
    }

    It 'is found from PowerShell''s location' {
        Write-Config
        Push-Location $bundle
        try {
            (Start-NsProcess -Bundle . -Name (New-SessionName) -Wait | Receive-NsOutput).Text | Should -Be 'box', '1'
        }
        finally {
            Pop-Location
        }
    }

    It 'takes another command and further variables' {
        Write-Config
        Invoke-Bundle @{ FilePath = 'sh'; ArgumentList = '-c', 'echo $A $B'; Environment = @{ B = 2 } } | Should -Be '1 2'
    }

    It 'refuses what it does not know, by name' {
        Write-Config @{ zebra = 1 }
        { Start-NsProcess -Bundle $bundle } | Should -Throw -ErrorId 'BundleFieldNotSupported,*' -ExpectedMessage 'zebra *'
    }

    It 'refuses other parameters, by name' {
        Write-Config
        { Start-NsProcess -Bundle $bundle -Hostname x } | Should -Throw -ErrorId 'ParameterNotForBundle,*' -ExpectedMessage '-Hostname *'
    }

    It 'must be there' {
        { Start-NsProcess -Bundle $TestDrive/nowhere } | Should -Throw -ErrorId 'BundleNotFound,*'
    }

    It 'warns of a hook that fails, and keeps it' {
        Write-Config @{ hooks = @{ poststart = @(@{ path = '/bin/sh'; args = 'sh', '-c', 'echo oh; exit 4' }) } }
        $session = Start-NsProcess -Bundle $bundle -Name (New-SessionName) -Wait -WarningVariable warnings -WarningAction SilentlyContinue
        $session.HookError | Should -Be '/bin/sh: exit status 4: oh'
        $warnings -like '*/bin/sh: exit status 4: oh*' | Should -HaveCount 1
        $session | Remove-NsProcess
    }

    It 'runs its poststop hooks when it is killed, too, before anybody hears of the end' {
        Write-Config @{ hooks = @{ poststop = @(@{ path = '/bin/sh'; args = 'sh', '-c', 'exec >after; echo after' }) } }
        $session = Start-NsProcess -Bundle $bundle -Name (New-SessionName) -FilePath sh -ArgumentList '-c', 'cat'
        Test-Path $bundle/after | Should -BeFalse
        $session | Stop-NsProcess -Force
        Get-Content $bundle/after | Should -Be 'after'
        $session | Remove-NsProcess
    }
}
