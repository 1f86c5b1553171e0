BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Set-NsProcess' -Tag Root {
    It 'changes limits, up and down, and takes them away' {
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit 64MB -ProcessLimit 30 sleep 1000
        Set-NsProcess $session -MemoryLimit 128MB | Should -BeNullOrEmpty
        $session.MemoryLimit | Should -Be 128MB
        $session | Set-NsProcess -MemoryLimit '32M' -CpuLimit 0.5
        $session.MemoryLimit | Should -Be 32MB
        $session.CpuLimit | Should -Be 0.5
        $session.ProcessLimit | Should -Be 30
        (Set-NsProcess $session.Name -MemoryLimit 0 -CpuLimit 0 -ProcessLimit 0 -PassThru).Id | Should -Be $session.Id
        $session.MemoryLimit, $session.CpuLimit, $session.ProcessLimit | Should -Be $null, $null, $null
    }

    It 'limits one that was started without limits, everything in it' {
        $session = Start-NsProcess -Name (New-SessionName) -- sh -c 'sleep 1000 & sleep 1000'
        Wait-Condition { $session.ProcessCount -eq 4 } | Should -BeTrue
        Set-NsProcess $session -ProcessLimit 4
        $session.ProcessLimit | Should -Be 4
        $session.ProcessCount | Should -Be 4
        $session.State | Should -Be Running
        { Start-NsProcess -Name (New-SessionName) -Join $session true } | Should -Throw -ErrorId 'NoProcess,*'
        Stop-NsProcess $session -Force
        find /sys/fs/cgroup -name "nsmodule-$($session.Id)" | Should -BeNullOrEmpty
    }

    It 'keeps the CPU time that was used before' {
        $session = Start-NsProcess -Name (New-SessionName) -- sh -c '
            i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done
            echo done; sleep 1000'
        $null = Wait-NsOutput $session -Pattern done -TimeoutSec $Patience
        $before = $session.CpuTime
        $before | Should -BeGreaterThan ([timespan]::Zero)
        Set-NsProcess $session -CpuLimit 1
        $session.CpuTime | Should -BeGreaterOrEqual $before
        Stop-NsProcess $session -Force
        $session.CpuTime | Should -BeGreaterOrEqual $before
    }

    It 'leaves a suspended one suspended' {
        $session = New-TestSession
        Suspend-NsProcess $session
        Set-NsProcess $session -CpuLimit 1
        $session.State | Should -Be Suspended
        Resume-NsProcess $session
        $session.State | Should -Be Running
        ([System.IO.File]::ReadAllText("/proc/$($session.ProcessId)/stat") -replace '^.*\) ')[0] | Should -Not -Be T
    }

    It 'does nothing with -WhatIf' {
        $session = New-TestSession
        Set-NsProcess $session -CpuLimit 1 -WhatIf
        $session.CpuLimit | Should -BeNullOrEmpty
    }

    It 'says what is wrong' {
        $session = New-TestSession
        { Set-NsProcess $session -ErrorAction Stop } | Should -Throw -ErrorId 'NoLimitGiven,*'
        { Set-NsProcess $session -CpuLimit -1 } | Should -Throw -ErrorId 'InvalidCpuLimit,*'
        { Set-NsProcess $session -IOWeight 20000 } | Should -Throw -ErrorId 'InvalidIOWeight,*'
        { Set-NsProcess not-there -CpuLimit 1 -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        $joined = Start-NsProcess -Name (New-SessionName) -Join $session sleep 1000
        { Set-NsProcess $joined -CpuLimit 1 -ErrorAction Stop } | Should -Throw -ErrorId 'SessionWithoutLimits,*'
        Stop-NsProcess $session -Force
        { Set-NsProcess $session -CpuLimit 1 -ErrorAction Stop } | Should -Throw -ErrorId 'SessionEnded,*'
    }
}
