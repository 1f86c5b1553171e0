BeforeDiscovery {
    . $PSScriptRoot/Support/Examples.ps1
    $examples = Get-HelpExample ($global:NsModuleHelp ?? "$PSScriptRoot/../../docs")
    $pages = $examples | Where-Object { -not $_.exempt } | Group-Object Page | ForEach-Object { @{ Page = $_.Name; Examples = $_.Group } }
}

BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    . $PSScriptRoot/Support/Terminal.ps1
    . $PSScriptRoot/Support/Examples.ps1

    function Get-MissingProgram {
        param([string[]] $Name)
        $Name | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    }

    function Skip-WithoutProgram {
        param([string[]] $Name)
        if (Get-MissingProgram $Name) {
            Set-ItResult -Skipped -Because "there is no $(Get-MissingProgram $Name) on this machine"
        }
    }
}

Describe 'The examples of <Page>' -ForEach $pages {
    BeforeAll {
        # One pwsh for those of a page: its start takes longer than they do.
        $able = $Examples | Where-Object {
            -not $_.type -and (-not $_.Tag -or (id -u) -eq 0) -and -not (Get-MissingProgram $_.Programs)
        }
        $output = $able ? (Invoke-Pwsh ". '$(New-ExampleScript $able)'" -Through (Get-ExampleSurroundings) | Out-String) : ''
    }

    foreach ($case in $Examples | Where-Object { -not $_.type }) {
        It 'run: <Title>' -ForEach $case -Tag $case.Tag {
            Skip-WithoutProgram $Programs
            $output | Should -Match "(?m)^EXAMPLE ENDED: $([regex]::Escape($Title))\r?$"
        }
    }

    foreach ($case in $Examples | Where-Object { $_.type }) {
        It 'run at a terminal: <Title>' -ForEach $case -Tag $case.Tag {
            Skip-WithoutProgram $Programs
            $terminal = Start-Terminal ((Get-ExampleSurroundings) + $Pwsh + '-NoProfile', '-File', (New-ExampleScript $_))
            try {
                foreach ($step in $type) {
                    $pattern, $text = $step -split ' => ', 2
                    $null = Wait-Screen $terminal "$pattern|^EXAMPLE FAILED"
                    Send-Line $terminal $text
                }
                Wait-Screen $terminal '^EXAMPLE (ENDED|FAILED)' | Should -Match '(?m)^EXAMPLE ENDED'
            }
            finally {
                Stop-Terminal $terminal
            }
        }
    }
}

Describe 'The pages of the help' {
    It 'have an example of every cmdlet' -ForEach @{ Pages = $examples.Page } {
        (Get-Command -Module NsModule).Name | Where-Object { $_ -notin $Pages } | Should -BeNullOrEmpty
    }
}
