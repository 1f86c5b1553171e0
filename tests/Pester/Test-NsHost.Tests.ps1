BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
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
}
