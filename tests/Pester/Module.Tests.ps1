BeforeDiscovery {
    $commands = @(
        'ConvertTo-NsSvg'
        'Enter-NsTerminal'
        'Get-NsNamespace'
        'Get-NsProcess'
        'Get-NsScreen'
        'Invoke-NsCommand'
        'New-NsMount'
        'Receive-NsOutput'
        'Remove-NsProcess'
        'Resize-NsTerminal'
        'Resume-NsProcess'
        'Send-NsInput'
        'Send-NsSignal'
        'Set-NsProcess'
        'Start-NsProcess'
        'Stop-NsProcess'
        'Suspend-NsProcess'
        'Test-NsHost'
        'Use-NsProcess'
        'Wait-NsOutput'
        'Wait-NsPort'
        'Wait-NsProcess'
    )
    $launch = @(
        'FilePath'
        'ArgumentList'
        'Name'
        'Hostname'
        'DomainName'
        'Namespace'
        'UidMap'
        'GidMap'
        'WorkingDirectory'
        'Environment'
        'ClearEnvironment'
        'InheritEnvironment'
        'TimeoutSec'
        'NoInit'
        'Join'
        'SubId'
        'User'
        'SupplementaryGroup'
        'Umask'
        'AddCapability'
        'DropCapability'
        'AllowNewPrivileges'
        'SeccompProfile'
        'ResourceLimit'
        'OomScoreAdjustment'
        'Nice'
        'SchedulingPolicy'
        'CpuAffinity'
        'MonotonicOffset'
        'BoottimeOffset'
        'MemoryLimit'
        'CpuLimit'
        'ProcessLimit'
        'IOWeight'
        'Network'
        'PublishPort'
        'RootPath'
        'ReadOnlyRoot'
        'Overlay'
        'OverlayPath'
        'Mount'
        'MaskedPath'
        'ReadOnlyPath'
        'ShareHostProcess'
        'Bundle'
    )
    $terminal = 'OutputLog', 'LogFormat', 'LogSizeLimit', 'SeparateError', 'RemoveOnExit', 'KillOnExit', 'OutputBufferSize'
    $parameters = @{
        'Start-NsProcess'  = $launch + $terminal + 'Wait', 'AsJob', 'WhatIf', 'Confirm'
        'Enter-NsTerminal' = $launch + $terminal + 'Session', 'PassThru', 'Keep', 'WhatIf', 'Confirm'
        'Get-NsNamespace'  = 'Session', 'ProcessId', 'Kind'
        'Invoke-NsCommand' = $launch + 'InputObject', 'Session', 'AsBytes', 'Raw', 'WhatIf', 'Confirm'
        'Get-NsProcess'    = 'Session', 'State', 'Newest'
        'Stop-NsProcess'   = 'Session', 'GracePeriodSec', 'Force', 'Signal', 'PassThru', 'WhatIf', 'Confirm'
        'Wait-NsProcess'   = 'Session', 'TimeoutSec', 'Any'
        'Suspend-NsProcess' = 'Session', 'PassThru', 'WhatIf', 'Confirm'
        'Set-NsProcess'    = 'Session', 'MemoryLimit', 'CpuLimit', 'ProcessLimit', 'IOWeight', 'PassThru', 'WhatIf', 'Confirm'
        'Resume-NsProcess' = 'Session', 'PassThru', 'WhatIf', 'Confirm'
        'Resize-NsTerminal' = 'Session', 'Columns', 'Rows', 'PassThru', 'WhatIf', 'Confirm'
        'Remove-NsProcess' = 'Session', 'Force', 'Ended', 'OlderThan', 'WhatIf', 'Confirm'
        'Get-NsScreen'     = 'Session', 'AsSvg'
        'ConvertTo-NsSvg'  = 'Screen', 'FontSize', 'Title'
        'New-NsMount'      = 'Source', 'Target', 'Type', 'Content', 'LowerPath', 'UpperPath', 'WorkPath', 'Recurse', 'IdMap', 'Size',
            'Mode', 'Options', 'ReadOnly', 'NoExec', 'NoSuid', 'NoDev', 'Propagation'
        'Receive-NsOutput' = 'Session', 'Tail', 'Since', 'Wait', 'Raw', 'PlainText', 'ErrorStream'
        'Send-NsInput'     = 'Session', 'Text', 'Secret', 'Line', 'Key'
        'Send-NsSignal'    = 'Session', 'Signal', 'Group', 'All', 'PassThru', 'WhatIf', 'Confirm'
        'Use-NsProcess'    = $launch + $terminal + 'ScriptBlock', 'WhatIf', 'Confirm'
        'Wait-NsPort'      = 'Session', 'Port', 'TimeoutSec'
        'Test-NsHost'      = 'Name', 'Quiet'
        'Wait-NsOutput'    = 'Session', 'Pattern', 'SimpleMatch', 'CaseSensitive', 'TimeoutSec', 'New', 'All',
            'Screen', 'Gone', 'Stable'
    }
    $parameterCases = foreach ($command in $commands) {
        foreach ($parameter in $parameters[$command]) {
            @{ Command = $command; Parameter = $parameter }
        }
    }
    $aliasCases = @(
        @{ Command = 'Start-NsProcess'; Parameter = 'TimeoutSec'; Alias = 'Timeout' }
        @{ Command = 'Enter-NsTerminal'; Parameter = 'TimeoutSec'; Alias = 'Timeout' }
        @{ Command = 'Start-NsProcess'; Parameter = 'ArgumentList'; Alias = 'Args' }
        @{ Command = 'Enter-NsTerminal'; Parameter = 'Session'; Alias = 'Id' }
        @{ Command = 'Wait-NsProcess'; Parameter = 'TimeoutSec'; Alias = 'Timeout' }
        foreach ($command in 'Get-NsProcess', 'Stop-NsProcess', 'Wait-NsProcess', 'Remove-NsProcess', 'Suspend-NsProcess',
            'Resume-NsProcess', 'Set-NsProcess', 'Resize-NsTerminal') {
            @{ Command = $command; Parameter = 'Session'; Alias = 'Id' }
            @{ Command = $command; Parameter = 'Session'; Alias = 'Name' }
        }
    )
}

BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
}

Describe 'The module' {
    It 'is the staged one' {
        (Get-Module NsModule).ModuleBase | Should -Be $ModulePath
    }

    It 'has a valid manifest' {
        { Test-ModuleManifest "$ModulePath/NsModule.psd1" -ErrorAction Stop } | Should -Not -Throw
    }

    It 'exports by name, without wildcards' -ForEach @{ Commands = $commands } {
        $manifest = Import-PowerShellDataFile "$ModulePath/NsModule.psd1"
        $manifest.CmdletsToExport | Sort-Object | Should -Be $commands
        foreach ($kind in 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $manifest.ContainsKey($kind) | Should -BeTrue -Because $kind
            $manifest[$kind] | Should -HaveCount 0 -Because $kind
        }
        (Get-Command -Module NsModule).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'has the files that the manifest names' {
        $manifest = Import-PowerShellDataFile "$ModulePath/NsModule.psd1"
        foreach ($file in @($manifest.RootModule) + $manifest.FormatsToProcess) {
            "$ModulePath/$file" | Should -Exist
        }
    }

    It 'has an executable agent' {
        & find $ModulePath/runtimes -name ns-agent -perm -u+x | Should -HaveCount 1
    }

    It 'has approved verbs' {
        foreach ($command in Get-Command -Module NsModule) {
            $command.Verb | Should -BeIn (Get-Verb).Verb
        }
    }

    It 'imports without a word, and again' {
        Invoke-Pwsh "Import-Module '$ModulePath' -Force -Verbose:`$false; 'done'" | Should -Be done
    }

    It '<Command> has -<Parameter>' -ForEach $parameterCases {
        (Get-Command $Command).Parameters.Keys | Should -Contain $Parameter
    }

    It '<Command> -<Parameter> has the alias <Alias>' -ForEach $aliasCases {
        (Get-Command $Command).Parameters[$Parameter].Aliases | Should -Contain $Alias
    }

    It '<_> says what it returns' -ForEach 'Enter-NsTerminal', 'Get-NsProcess', 'Resize-NsTerminal', 'Resume-NsProcess',
            'Set-NsProcess', 'Start-NsProcess', 'Stop-NsProcess', 'Suspend-NsProcess', 'Wait-NsProcess' {
        (Get-Command $_).OutputType.Name | Should -Contain NsModule.NsSession
    }

    Context 'Help' {
        It '<_> has a synopsis, a description, two examples, inputs and outputs' -ForEach $commands {
            $help = Get-Help $_ -Full
            $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
            $help.Synopsis | Should -Not -Match "^\s*$_ \["
            ($help.description | Out-String).Trim() | Should -Not -BeNullOrEmpty
            @($help.examples.example).Count | Should -BeGreaterOrEqual 2
            ($help.inputTypes | Out-String).Trim() | Should -Not -BeNullOrEmpty
            ($help.returnValues | Out-String).Trim() | Should -Not -BeNullOrEmpty
        }

        It '<_> has every parameter described, and no other' -ForEach $commands {
            $common = [System.Management.Automation.Cmdlet]::CommonParameters +
                [System.Management.Automation.Cmdlet]::OptionalCommonParameters
            $real = (Get-Command $_).Parameters.Values | Where-Object Name -NotIn $common
            $help = (Get-Help $_ -Full).parameters.parameter | Where-Object name -NotIn $common
            $help.name | Sort-Object | Should -Be ($real.Name | Sort-Object)
            foreach ($parameter in $help) {
                ($parameter.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because $parameter.name
                $mine = $real | Where-Object Name -EQ $parameter.name
                $attributes = $mine.Attributes | Where-Object { $_ -is [Parameter] }
                $parameter.required | Should -Be "$($attributes.Mandatory -contains $true)".ToLowerInvariant() -Because $parameter.name
                foreach ($alias in $mine.Aliases) {
                    $parameter.aliases | Should -Match "\b$alias\b" -Because $parameter.name
                }
            }
        }

        It '<_> has examples that parse, with parameters that exist' -ForEach $commands {
            foreach ($example in (Get-Help $_ -Full).examples.example) {
                $problems = $null
                $tree = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$problems)
                $problems | Should -BeNullOrEmpty -Because $example.code
                $calls = $tree.FindAll({
                    $args[0] -is [System.Management.Automation.Language.CommandAst] -and
                    $args[0].GetCommandName() -match '-Ns'
                }, $true)
                foreach ($call in $calls) {
                    $command = Get-Command $call.GetCommandName()
                    foreach ($element in $call.CommandElements) {
                        if ($element.Extent.Text -eq '--') {
                            break
                        }
                        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
                            { $command.ResolveParameter($element.ParameterName) } | Should -Not -Throw -Because $example.code
                        }
                    }
                }
            }
        }

        It '<_> has a page that -Online opens' -ForEach $commands {
            $uri = (Get-Command $_).HelpUri
            (Get-Help $_).relatedLinks.navigationLink[0].uri | Should -Be $uri
            Split-Path -Leaf $uri | Should -Be "$_.md"
            Join-Path ($global:NsModuleHelp ?? "$PSScriptRoot/../../docs") en-US "$_.md" | Should -Exist
        }

        It 'has <_>' -ForEach 'about_NsModule', 'about_NsTerminal', 'about_NsIsolation', 'about_NsRetention' {
            Get-Help $_ | Should -Match $_
        }

        It 'has about topics whose commands exist' {
            $named = Get-ChildItem "$ModulePath/en-US" -Filter about_* | Select-String '\b[A-Z]\w+-Ns\w+' -AllMatches
            $named.Matches.Value | Sort-Object -Unique | Where-Object { $_ -notin (Get-Command -Module NsModule).Name } |
                Should -BeNullOrEmpty
        }
    }
}
