BeforeAll {
    . $PSScriptRoot/Support/Common.ps1

    # What a shell command in a session shows.
    function Invoke-Inside {
        param([string] $Command, [hashtable] $Parameters = @{})
        $session = Start-NsProcess @Parameters -Name (New-SessionName) -Wait -WorkingDirectory / -FilePath sh -ArgumentList '-c', $Command
        Receive-NsOutput $session
    }

    function Complete {
        param([string] $Line)
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText
    }
}

AfterAll {
    Remove-TestSession
}

Describe 'Start-NsProcess -User' {
    It 'refuses <_>, which is neither a name nor a number' -ForEach '0x0', ' 0', '+0', '-1', '1e3', '00', '4294967295', '', '0:', '1:2:3' {
        { Start-NsProcess true -User $_ } | Should -Throw -ErrorId 'InvalidUser,NsModule.Commands.StartNsProcessCommand'
    }

    It 'takes numbers typed bare for what was typed' {
        { Start-NsProcess true -User 0x0 } | Should -Throw -ErrorId 'InvalidUser,*'
        { Start-NsProcess true -User 1e3 } | Should -Throw -ErrorId 'InvalidUser,*'
        { Start-NsProcess true -User -1 } | Should -Throw -ErrorId 'InvalidUser,*'
    }

    It 'says UserNotFound and GroupNotFound' {
        { Start-NsProcess true -User no-such-user } | Should -Throw -ErrorId 'UserNotFound,*'
        { Start-NsProcess true -User 0:no-such-group } | Should -Throw -ErrorId 'GroupNotFound,*'
    }

    It 'says IdNotMapped for a user that the session does not have' {
        { Start-NsProcess true -User 5 -UidMap "0:$(id -u):1" -GidMap "0:$(id -g):1" } | Should -Throw -ErrorId 'IdNotMapped,*'
    }

    It 'is the user with its groups, home and mask' -Tag Root {
        $parameters = @{ User = '4321:1234'; SupplementaryGroup = '7', '8'; Umask = '027' }
        Invoke-Inside 'echo $(id -u) $(id -g) $(id -G) $HOME $(umask)' $parameters | Should -Be '4321 1234 1234 7 8 / 0027'
    }
}

Describe 'Start-NsProcess with maps' {
    It 'says SubIdNotFound to who has none' {
        if (Select-String -Path /etc/subuid -Pattern "^($(id -un)|$(id -u)):" -ErrorAction Ignore) {
            Set-ItResult -Skipped -Because 'this user has ids in /etc/subuid'
        }
        { Start-NsProcess true -SubId Auto } | Should -Throw -ErrorId 'SubIdNotFound,*'
    }

    It 'says IdMapNotPermitted for the ids of others' -Tag User {
        { Start-NsProcess true -UidMap 0:1:65536 } | Should -Throw -ErrorId 'IdMapNotPermitted,*'
    }
}

Describe 'Start-NsProcess -AddCapability and -DropCapability' {
    It 'has what is left' {
        Invoke-Inside 'grep -c "Cap[PEB].*0000000000000020" /proc/self/status' @{ DropCapability = 'All'; AddCapability = 'CAP_KILL' } |
            Should -Be '3'
        Invoke-Inside 'grep -cE "Cap(Inh|Amb).*0000000000000000" /proc/self/status' | Should -Be '2'
    }

    It 'says InvalidCapability' {
        { Start-NsProcess true -AddCapability FLY } | Should -Throw -ErrorId 'InvalidCapability,*'
        { Start-NsProcess true -DropCapability kill -AddCapability CAP_KILL } | Should -Throw -ErrorId 'InvalidCapability,*'
    }

    It 'completes names, with and without CAP_' {
        Complete 'Start-NsProcess -DropCapability net_' | Should -Be 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW'
        Complete 'Start-NsProcess -AddCapability CAP_KI' | Should -Be CAP_KILL
        Complete 'Start-NsProcess -AddCapability al' | Should -Be All
    }
}

Describe 'Start-NsProcess -SeccompProfile' {
    It 'loads <_>' -ForEach 'Default', 'default' {
        Invoke-Inside 'grep ^Seccomp: /proc/self/status' @{ SeccompProfile = $_ } | Should -Be "Seccomp:`t2"
    }

    It 'loads nothing for Unconfined, and where nothing is said' {
        $own = "Seccomp:`t$((Select-String '^Seccomp:\s*(\d)' /proc/self/status).Matches[0].Groups[1].Value)"
        Invoke-Inside 'grep ^Seccomp: /proc/self/status' @{ SeccompProfile = 'Unconfined' } | Should -Be $own
        Invoke-Inside 'grep ^Seccomp: /proc/self/status' | Should -Be $own
    }

    It 'takes a file, relative to the location' {
        Set-Content $TestDrive/profile.json '{
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [ { "names": [ "mkdir", "mkdirat" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 } ]
        }'
        Push-Location $TestDrive
        try {
            Invoke-Inside 'mkdir /tmp/no-such 2>&1' @{ SeccompProfile = './profile.json' } | Should -Match 'No space left'
        }
        finally {
            Pop-Location
        }
    }

    It 'says what is wrong with a profile' {
        Set-Content $TestDrive/bad.json '{ "defaultAction": "SCMP_ACT_NOTIFY" }'
        { Start-NsProcess true -SeccompProfile $TestDrive/bad.json } |
            Should -Throw -ErrorId 'InvalidSeccompProfile,*' -ExpectedMessage '*SCMP_ACT_NOTIFY*'
        { Start-NsProcess true -SeccompProfile $TestDrive/not-there.json } | Should -Throw -ErrorId 'InvalidSeccompProfile,*'
    }

    It 'completes words and files' {
        Complete 'Start-NsProcess -SeccompProfile De' | Should -Contain Default
        Complete 'Start-NsProcess -SeccompProfile /etc/pass' | Should -Contain /etc/passwd
    }
}

Describe 'Start-NsProcess with limits and clocks' {
    It 'sets limits, priority, processors and score' {
        # An ordinary user may only be nicer and easier to kill than this pwsh is, and on its processors.
        $score = [Math]::Min(1000, 300 + [System.IO.File]::ReadAllText('/proc/self/oom_score_adj'))
        $cpu = (Select-String '^Cpus_allowed_list:\s*(\d+)' /proc/self/status).Matches[0].Groups[1].Value
        $limits = @{ nofile = '100:200'; RLIMIT_CORE = 0; fsize = 1MB }
        $parameters = @{ ResourceLimit = $limits; Nice = 19; OomScoreAdjustment = $score; CpuAffinity = $cpu }
        $show = 'echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -c) $(nice) $(cat /proc/self/oom_score_adj)' +
            ' $(sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status)'
        Invoke-Inside $show $parameters | Should -Be "100 200 0 19 $score $cpu"
    }

    It 'sets the scheduling policy <_>' -ForEach 'Other', 'Batch', 'Idle' {
        # Field 41 of the file is the policy (proc_pid_stat(5)).
        Invoke-Inside 'cut -d " " -f 41 /proc/self/stat' @{ SchedulingPolicy = $_ } | Should -Be @{ Other = 0; Batch = 3; Idle = 5 }[$_]
    }

    It 'says <Id> for <Case>' -ForEach @(
        @{ Case = 'an unknown limit'; Id = 'InvalidResourceLimit'; Parameters = @{ ResourceLimit = @{ files = 1 } } }
        @{ Case = 'a soft limit above the hard one'; Id = 'InvalidResourceLimit'
            Parameters = @{ ResourceLimit = @{ nofile = '2000:1000' } } }
        @{ Case = 'a nice value that cannot be'; Id = 'InvalidResource'; Parameters = @{ Nice = 20 } }
        @{ Case = 'a score that cannot be'; Id = 'InvalidResource'; Parameters = @{ OomScoreAdjustment = 1001 } }
        @{ Case = 'a processor that is not there'; Id = 'InvalidResource'; Parameters = @{ CpuAffinity = 8000 } }
        @{ Case = 'a mask that is not octal'; Id = 'InvalidUmask'; Parameters = @{ Umask = '888' } }
        @{ Case = 'a clock below zero'; Id = 'InvalidTimeOffset'; Parameters = @{ BoottimeOffset = -1e9 } }
    ) {
        { Start-NsProcess true @Parameters } | Should -Throw -ErrorId "$Id,*"
    }

    It 'moves the clocks' {
        Invoke-Inside 'tr -s " " < /proc/self/timens_offsets' @{ BoottimeOffset = [timespan]'1.00:00:00'; MonotonicOffset = 2.5 } |
            Should -Be 'monotonic 2 500000000', 'boottime 86400 0'
    }
}

Describe 'A joined command' {
    It 'has the privileges of the session' {
        $parameters = @{ DropCapability = 'NET_RAW', 'CHOWN'; SeccompProfile = 'Default'; ResourceLimit = @{ nofile = 77 }; Umask = '077' }
        $session = Start-NsProcess sleep 1000 -Name (New-SessionName) @parameters
        $status = 'grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; ulimit -n; umask'
        $expected = Select-String '^(CapBnd|NoNewPrivs|Seccomp):' "/proc/$($session.ProcessId)/status" | ForEach-Object Line
        Invoke-Inside $status @{ Join = $session } | Should -Be ($expected + '77' + '0077')
    }

    It 'says ParameterNotForJoin with -<Name>' -ForEach @(
        @{ Name = 'AddCapability'; Value = 'KILL' }
        @{ Name = 'DropCapability'; Value = 'KILL' }
        @{ Name = 'AllowNewPrivileges'; Value = $true }
        @{ Name = 'SeccompProfile'; Value = 'Default' }
        @{ Name = 'SubId'; Value = 'Auto' }
        @{ Name = 'BoottimeOffset'; Value = 1 }
    ) {
        $session = New-TestSession
        $parameters = @{ $Name = $Value }
        { Start-NsProcess true -Join $session @parameters } | Should -Throw -ErrorId 'ParameterNotForJoin,*'
    }
}

Describe 'Root without CAP_SYS_ADMIN' -Tag Root {
    BeforeAll {
        # As root of most containers is.
        $through = @(Get-OwnStore) + 'setpriv', '--inh-caps=-sys_admin', '--bounding-set=-sys_admin'
    }

    It 'has sessions as an ordinary user has them' {
        $said = Invoke-Pwsh -Through $through @'
            $session = Start-NsProcess -Hostname demo sh '-c' 'hostname; id -u; cat /proc/self/uid_map /proc/self/setgroups; read x'
            Wait-NsOutput $session '(?s)demo.*0.*0 +0 +1\s+deny' -TimeoutSec 60 | ForEach-Object { 'seen' }
            Invoke-NsCommand -Join $session.Id hostname
            Remove-NsProcess $session -Force
            Invoke-NsCommand -RootPath / -ReadOnlyRoot sh '-c' 'touch /root/x || echo read-only'
            (Test-NsHost | Where-Object Name -EQ PidNamespace).Reason
'@
        "$said" | Should -BeLike 'seen demo*read-only*clone3(User, Pid) succeeds.'
    }

    It 'has no -Network Private of root''s kind' {
        $said = Invoke-Pwsh -Through $through 'Start-NsProcess true -Network Private -Wait; $Error[0].FullyQualifiedErrorId' | Out-String
        $said | Should -Match 'Exited|NetworkHelperMissing'
    }
}
