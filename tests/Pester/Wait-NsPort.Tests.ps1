BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $listen = '$l = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::{0}, {1}); {2}; $l.Start(); Start-Sleep 1000'

    # A session of its own network that listens on a port once its file is there.
    function New-Listener {
        param([int] $Port, [string] $Address = 'Any')
        $gate = Join-Path $TestDrive "gate$([guid]::NewGuid())"
        $line = $listen -f $Address, $Port, "while (-not [System.IO.File]::Exists('$gate')) { [System.Threading.Thread]::Sleep(5) }"
        $command, $words = $Pwsh + '-NoProfile', '-Command', $line
        [pscustomobject]@{
            Gate    = $gate
            Session = Start-NsProcess -FilePath $command -ArgumentList $words -Namespace Pid, Mount, Uts, Ipc, Net -Name (New-SessionName)
        }
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Wait-NsPort' {
    It 'waits until something listens on a port in the session (<_>)' -ForEach 'Any', 'Loopback', 'IPv6Loopback' {
        $listener = New-Listener 8123 $_
        { Wait-NsPort $listener.Session 8123 -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'PortTimeout,*'
        $null = New-Item $listener.Gate
        $listener.Session | Wait-NsPort -Port 8123 -TimeoutSec $Patience -ErrorAction Stop | Should -Be $listener.Session
        $listener.Session | Stop-NsProcess -Force
    }

    It 'says PortTimeout with the screen' {
        $session = Start-NsProcess { sh -c 'echo not yet; sleep 1000' } -Namespace Pid, Mount, Net -Name (New-SessionName)
        $null = Wait-NsOutput $session 'not yet' -TimeoutSec $Patience -ErrorAction Stop
        $thrown = { Wait-NsPort $session 8123 -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'PortTimeout,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be OperationTimeout
        $thrown.Exception.Message | Should -Match '8123(.|\n)*not yet'
    }

    It 'says PortNotOpen when the session ends, with the exit code and the last screen' {
        $session = Start-NsProcess { sh -c 'echo no such database; exit 4' } -Namespace Pid, Mount, Net -Name (New-SessionName)
        $thrown = { Wait-NsPort $session 8123 -ErrorAction Stop } | Should -Throw -ErrorId 'PortNotOpen,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidOperation
        $thrown.Exception.Message | Should -Match 'exit code 4(.|\n)*no such database'
    }

    It 'refuses port 0, and a session without published ports where none is named' {
        $session = New-TestSession
        { Wait-NsPort $session 0 } | Should -Throw -ErrorId 'InvalidPort,*'
        { Wait-NsPort $session -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidPort,*'
        { Wait-NsPort $session 80 -TimeoutSec -2 } | Should -Throw -ErrorId 'InvalidTimeout,*'
    }
}
