# Limits take a cgroup, and that takes root, or delegation.
BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    function Get-SessionCgroup {
        param($Session)
        @([System.IO.File]::ReadAllLines("/proc/$($Session.ProcessId)/cgroup") -match "nsmodule-$($Session.Id)$")
    }

    function Find-Cgroup {
        param($Session)
        @(find /sys/fs/cgroup -type d -name "nsmodule-$($Session.Id)")
    }

    # The cgroups of sessions, of whomever, that have no process.
    function Find-EmptyCgroup {
        @(find /sys/fs/cgroup -type d -name 'nsmodule-*' | Where-Object { -not (find $_ -name cgroup.procs -exec cat '{}' + 2>$null) })
    }

    # What is launched by others has an empty cgroup for a moment; what is left behind stays.
    function Wait-NoNewEmptyCgroup {
        param([string[]] $Before)
        Wait-Condition { -not (Find-EmptyCgroup | Where-Object { $_ -notin $Before }) } -Because 'no cgroup is left' | Should -BeTrue
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Limits' -Tag Root {
    It 'ends what needs more memory, and says so' {
        # tail keeps the last line, and this one never ends.
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit 32MB tail /dev/zero -Wait
        $session.ExitCode | Should -Be 137
        $session.OomKilled | Should -BeOfType bool
        $session.OomKilled | Should -BeTrue
        $session.PeakMemoryBytes | Should -BeGreaterThan 16MB
        $session.PeakMemoryBytes | Should -BeLessOrEqual 32MB
        $session.CpuTime | Should -BeOfType timespan
        $session.CpuTime | Should -BeGreaterThan ([timespan]::Zero)
        Find-Cgroup $session | Should -BeNullOrEmpty
    }

    It 'takes memory as a number or a text: <_>' -ForEach 64MB, '64M', '64MiB', '65536k', '67108864', '0.0625g' {
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit $_ sleep 1000
        $session.MemoryLimit | Should -Be 64MB
    }

    It 'contains a fork bomb' {
        $session = Start-NsProcess -Name (New-SessionName) -ProcessLimit 20 -- sh -c '
            (for i in $(seq 100); do sleep 1000 & done)
            exec sleep 1000'
        Wait-NsOutput $session -Pattern 'fork' -TimeoutSec $Patience | Should -Not -BeNullOrEmpty
        $session.ProcessCount | Should -BeLessOrEqual 20
        $session.ProcessLimit | Should -Be 20
    }

    It 'shares the CPUs out' {
        $session = Start-NsProcess -Name (New-SessionName) -CpuLimit 0.1 -- sh -c 'while :; do :; done'
        $session.CpuLimit | Should -Be 0.1
        $statistics = Find-Cgroup $session | ForEach-Object { "$_/cpu.stat" } |
            Where-Object { (Test-Path $_) -and (Select-String nr_throttled $_) }
        $statistics | Should -Not -BeNullOrEmpty
        Wait-Condition { (Select-String 'nr_throttled [1-9]' $statistics) } | Should -Not -BeNullOrEmpty
    }

    It 'has figures of its cgroup while it runs' {
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit 64MB -- sh -c 'sleep 1000 & sleep 1000'
        Wait-Condition { $session.ProcessCount -eq 4 } | Should -BeTrue
        $session.MemoryBytes | Should -BeGreaterThan 0
        $session.PeakMemoryBytes | Should -BeGreaterOrEqual $session.MemoryBytes
        $session.OomKilled | Should -BeFalse
        Stop-NsProcess $session -Force
        $session.MemoryBytes | Should -Be 0
        $session.ProcessCount | Should -Be 0
        $session.MemoryLimit | Should -BeNullOrEmpty
        $session.PeakMemoryBytes | Should -BeGreaterThan 0
    }

    It 'counts what joins it, and ends that too' {
        $session = Start-NsProcess -Name (New-SessionName) -ProcessLimit 50 sleep 1000
        $joined = Start-NsProcess -Name (New-SessionName) -Join $session sleep 1000
        [System.IO.File]::ReadAllText("/proc/$($joined.ProcessId)/cgroup") |
            Should -Be ([System.IO.File]::ReadAllText("/proc/$($session.ProcessId)/cgroup"))
        $session.ProcessCount | Should -Be 4
        Stop-NsProcess $session -Force
        Wait-NsProcess $joined -TimeoutSec $Patience
        $joined.ExitCode | Should -Be 137
        { Start-NsProcess -Join (New-TestSession) -MemoryLimit 64MB true } | Should -Throw -ErrorId 'ParameterNotForJoin,*'
    }

    It 'makes its cgroup the root of a Cgroup namespace' {
        $session = Start-NsProcess -Name (New-SessionName) -ProcessLimit 50 -Namespace Pid, Mount, Cgroup -- sh -c '
            cat /proc/self/cgroup; echo end; sleep 1000'
        $null = Wait-NsOutput $session -Pattern '^end$' -TimeoutSec $Patience
        $inside = (Receive-NsOutput $session).Text
        $outside = Get-SessionCgroup $session
        $outside | Should -Not -BeNullOrEmpty
        foreach ($line in $outside) {
            $inside | Should -Contain ($line -replace ':/[^:]*$', ':/')
        }
    }

    It 'ends what has left the command, without a PID namespace' {
        $session = Start-NsProcess -Name (New-SessionName) -ProcessLimit 50 -Namespace Mount -- sh -c '
            setsid sleep 1000 & echo "id=$!."; exit 3'
        $id = (Wait-NsOutput $session -Pattern 'id=(\d+)\.' -TimeoutSec $Patience).Groups[1].Value
        $null = Wait-NsProcess $session -TimeoutSec $Patience
        $session.ExitCode | Should -Be 3
        Test-Process $id | Should -BeFalse
        Find-Cgroup $session | Should -BeNullOrEmpty
    }

    It 'leaves no cgroup when its supervisor is killed' {
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit 64MB -Namespace Mount -- sh -c '
            setsid sleep 1000 & echo "id=$!."; sleep 1000'
        $id = (Wait-NsOutput $session -Pattern 'id=(\d+)\.' -TimeoutSec $Patience).Groups[1].Value
        Find-Cgroup $session | Should -Not -BeNullOrEmpty
        kill -9 $session.SupervisorProcessId
        Wait-Condition { $session.State -eq 'Lost' } | Should -BeTrue
        Find-Cgroup $session | Should -BeNullOrEmpty
        Wait-Condition { -not (Test-Process $id) } | Should -BeTrue
    }

    It 'leaves nothing when the command cannot be executed' {
        $before = Find-EmptyCgroup
        { Start-NsProcess -MemoryLimit 64MB not-there } | Should -Throw -ErrorId 'CommandNotFound,*'
        Wait-NoNewEmptyCgroup $before
    }

    It 'suspends it' {
        $session = Start-NsProcess -Name (New-SessionName) -CpuLimit 1 -- sh -c 'while :; do sleep 0.01; done'
        Suspend-NsProcess $session
        $session.State | Should -Be Suspended
        $time = $session.CpuTime
        # Two programs of the shell's later it still stands.
        $session.CpuTime | Should -Be $time
        Resume-NsProcess $session
        Wait-Condition { $session.CpuTime -gt $time } | Should -BeTrue
        Suspend-NsProcess $session
        Stop-NsProcess $session -Force
        $session.ExitCode | Should -Be 137
    }

    It 'shows what sessions use' {
        $session = Start-NsProcess -Name (New-SessionName) -MemoryLimit 64MB -CpuLimit 1.5 sleep 1000
        $text = Get-NsProcess $session | Format-Table -View Resources | Out-String -Width 200
        $text | Should -Match 'Memory\(M\)'
        $text | Should -Match "$($session.Id).*Running.* 64\.0 .* 1\.5 +2\s"
    }

    It 'has no figures of a cgroup without limits, but of its processes' {
        $session = New-TestSession
        $session.ProcessCount | Should -Be 2
        $session.MemoryBytes | Should -BeGreaterThan 0
        $session.CpuTime | Should -BeOfType timespan
        $session.PeakMemoryBytes | Should -BeNullOrEmpty
        $session.OomKilled | Should -BeFalse
        Stop-NsProcess $session -Force
        $session.CpuTime | Should -BeOfType timespan
        $session.ProcessCount | Should -Be 0
    }
}

Describe 'Limits that make no sense' {
    It '-<Name> <Value> is <Id>' -ForEach @(
        @{ Name = 'MemoryLimit'; Value = 0; Id = 'InvalidMemoryLimit' }
        @{ Name = 'MemoryLimit'; Value = -512MB; Id = 'InvalidMemoryLimit' }
        @{ Name = 'MemoryLimit'; Value = 1000; Id = 'InvalidMemoryLimit' }
        @{ Name = 'MemoryLimit'; Value = 'much'; Id = 'InvalidMemoryLimit' }
        @{ Name = 'MemoryLimit'; Value = '1e30'; Id = 'InvalidMemoryLimit' }
        @{ Name = 'CpuLimit'; Value = 0; Id = 'InvalidCpuLimit' }
        @{ Name = 'CpuLimit'; Value = -1; Id = 'InvalidCpuLimit' }
        @{ Name = 'CpuLimit'; Value = 0.001; Id = 'InvalidCpuLimit' }
        @{ Name = 'CpuLimit'; Value = [double]::NaN; Id = 'InvalidCpuLimit' }
        @{ Name = 'CpuLimit'; Value = [double]::PositiveInfinity; Id = 'InvalidCpuLimit' }
        @{ Name = 'ProcessLimit'; Value = 0; Id = 'InvalidProcessLimit' }
        @{ Name = 'ProcessLimit'; Value = 1; Id = 'InvalidProcessLimit' }
        @{ Name = 'ProcessLimit'; Value = 5000000; Id = 'InvalidProcessLimit' }
        @{ Name = 'IOWeight'; Value = 0; Id = 'InvalidIOWeight' }
        @{ Name = 'IOWeight'; Value = 10001; Id = 'InvalidIOWeight' }
    ) {
        $limit = @{ $Name = $Value }
        { Start-NsProcess @limit sleep 1000 } | Should -Throw -ErrorId "$Id,NsModule.Commands.StartNsProcessCommand"
    }

    It 'takes one process without an init' -Tag Root {
        (Start-NsProcess -Name (New-SessionName) -ProcessLimit 1 -NoInit true -Wait).ExitCode | Should -Be 0
    }
}

Describe 'Limits of an ordinary user' -Tag User {
    It 'are refused where nothing is delegated, and nothing is left' {
        if ((Test-NsHost CgroupDelegation).Supported) {
            Set-ItResult -Skipped -Because 'this user has a delegated cgroup'
        }
        $before = Find-EmptyCgroup
        $name = New-SessionName
        $thrown = { Start-NsProcess -Name $name -MemoryLimit 64MB sleep 1000 } | Should -Throw -ErrorId 'CgroupNotDelegated,*' -PassThru
        "$thrown" | Should -Match 'Run as root'
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
        Wait-NoNewEmptyCgroup $before
    }
}
