BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

AfterAll {
    Remove-TestSession
}

Describe 'Test-NsHost' {
    It 'returns an object for each capability, with a reason, and a remedy where it is not supported' {
        $all = Test-NsHost
        $all.Count | Should -BeGreaterThan 10
        foreach ($capability in $all) {
            $capability.Reason | Should -Not -BeNullOrEmpty -Because $capability.Name
            if ($capability.Supported) {
                $capability.Remedy | Should -BeNullOrEmpty -Because $capability.Name
            }
        }
    }

    It 'takes names with wildcards, each capability once' {
        (Test-NsHost pidn*, *Namespace).Name | Should -Be (Test-NsHost).Name.Where({ $_ -like '*Namespace' })
        (Test-NsHost Pidfd, Seccomp).Name | Should -Be 'Pidfd', 'Seccomp'
    }

    It 'answers with one word to -Quiet' {
        Test-NsHost PidNamespace, Pidfd -Quiet | Should -BeTrue
        Test-NsHost nothing* -Quiet | Should -BeFalse
    }

    It 'says CapabilityNotKnown' {
        { Test-NsHost not-there -ErrorAction Stop } | Should -Throw -ErrorId 'CapabilityNotKnown,NsModule.Commands.TestNsHostCommand'
    }

    It 'completes the names' {
        (TabExpansion2 'Test-NsHost Sec').CompletionMatches.CompletionText | Should -Contain 'Seccomp'
    }

    It 'says of <_> whether this user can have it' -ForEach CgroupMemory, CgroupCpu, CgroupPids, CgroupIO,
            CgroupDelegation, IdMappedMount, IdMappedMountInUserNamespace {
        $capability = Test-NsHost $_
        $capability | Should -HaveCount 1
        $capability.Supported | Should -BeOfType bool
        if (-not $capability.Supported) {
            $capability.Remedy | Should -Not -BeNullOrEmpty
        }
    }

    It 'says of <Name> what a launch with -<Limit> does' -ForEach @(
        @{ Name = 'CgroupMemory'; Limit = 'MemoryLimit'; Value = '64MB' }
        @{ Name = 'CgroupCpu'; Limit = 'CpuLimit'; Value = 0.5 }
        @{ Name = 'CgroupPids'; Limit = 'ProcessLimit'; Value = 50 }
        @{ Name = 'CgroupIO'; Limit = 'IOWeight'; Value = 200 }
    ) {
        $parameters = @{ $Limit = $Value }
        $works = try { (Start-NsProcess -Name (New-SessionName) @parameters true -Wait).ExitCode -eq 0 } catch { $false }
        (Test-NsHost $Name).Supported | Should -Be $works
    }

    It 'completes the names of controllers' {
        (TabExpansion2 'Test-NsHost CgroupM').CompletionMatches.CompletionText | Should -Be 'CgroupMemory'
    }
}
