BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $file = Join-Path $TestDrive file
}

AfterAll {
    Remove-TestSession
}

Describe 'The arguments of a command' {
    BeforeAll {
        $two = 'a', 'b c'
        $none = $null
        $more = @('p', 'q')
        $format = '<%s>'
    }

    It 'gets <Expected> from: <Line>' -ForEach @(
        @{ Line = { Invoke-NsCommand printf -- $format -o pid, args }; Expected = '<-o><pid,args>' }
        @{ Line = { Invoke-NsCommand printf -- $format -o pid,args }; Expected = '<-o><pid,args>' }
        @{ Line = { Invoke-NsCommand printf $format 1,2 x }; Expected = '<1,2><x>' }
        @{ Line = { Invoke-NsCommand printf $format $two x }; Expected = '<a><b c><x>' }
        @{ Line = { Invoke-NsCommand printf -- $format -l $two }; Expected = '<-l><a><b c>' }
        @{ Line = { Invoke-NsCommand printf $format @('a', 'b') x }; Expected = '<a><b><x>' }
        @{ Line = { Invoke-NsCommand printf $format $null '' $none x }; Expected = '<><x>' }
        @{ Line = { Invoke-NsCommand printf $format @more }; Expected = '<p><q>' }
        @{ Line = { Invoke-NsCommand printf $format 007 0x1F 1.50 1kb -5 }; Expected = '<007><0x1F><1.50><1kb><-5>' }
        @{ Line = { Invoke-NsCommand printf -- $format --long=1 -x:y }; Expected = '<--long=1><-x:><y>' }
        @{ Line = { Invoke-NsCommand printf -ArgumentList $format, 007, 'a', $null }; Expected = '<007><a>' }
        @{ Line = { Invoke-NsCommand -FilePath printf -ArgumentList $format, $two }; Expected = '<a><b c>' }
        @{ Line = { Invoke-NsCommand echo 1,2 }; Expected = '1,2' }
        @{ Line = { Invoke-NsCommand echo $two }; Expected = 'a b c' }
        @{ Line = { (Start-NsProcess true 1,2 -Name (New-SessionName) -Wait).ArgumentList -join '|' }; Expected = '1,2' }
        @{ Line = { (Start-NsProcess -Name (New-SessionName) -Wait true $two 1,2).ArgumentList -join '|' }; Expected = 'a|b c|1,2' }
    ) {
        & $Line | Should -BeExactly $Expected
    }

    It 'is what a caller without a command line says: <_>' -ForEach 'a', 1.5, 7 {
        $shell = [powershell]::Create('CurrentRunspace').AddCommand('Invoke-NsCommand').AddArgument('echo').AddArgument($_)
        $shell.Invoke() | Should -Be "$_"
        $shell.Dispose()
    }
}

Describe 'A word with a hyphen after the command' {
    It 'is no abbreviated parameter: <Line>' -ForEach @(
        @{ Line = { Start-NsProcess tail -f $file } }
        @{ Line = { Start-NsProcess psql -ho localhost } }
        @{ Line = { Start-NsProcess cat -v } }
        @{ Line = { Start-NsProcess -Name x rm -v $file } }
        @{ Line = { Invoke-NsCommand cat -v } }
    ) {
        $thrown = $Line | Should -Throw -ErrorId 'ParameterAbbreviated,*' -PassThru
        $thrown.CategoryInfo.Category | Should -Be InvalidArgument
        $thrown.Exception.Message | Should -Match ' -- '
    }

    It 'may be one before the command, and a whole name, an alias or a word after --' {
        $name = New-SessionName
        $session = Start-NsProcess -Hostn demo true -Name $name -- -v -f
        $session.Hostname | Should -Be demo
        $session.ArgumentList | Should -Be '-v', '-f'
        (Start-NsProcess true -Name (New-SessionName) -EA Stop -Wait).ExitCode | Should -Be 0
    }
}

Describe 'A command that is not there' {
    It 'may be the name of a session that runs' {
        $session = New-TestSession
        { Start-NsProcess $session.Name } |
            Should -Throw -ErrorId 'CommandNotFound,*' -ExpectedMessage "*Enter-NsTerminal -Session $($session.Name)"
    }

    It 'may be a command and its arguments in one word' {
        { Invoke-NsCommand 'sleep 10' } | Should -Throw -ErrorId 'CommandNotFound,*' -ExpectedMessage '*: Invoke-NsCommand sleep 10'
    }
}

Describe 'What comes down the pipeline' {
    It 'describes launches by the names of its properties' {
        $names = (New-SessionName), (New-SessionName)
        $sessions = @(
            [pscustomobject]@{ FilePath = 'sh'; ArgumentList = '-c', 'exit 3'; Name = $names[0] }
            [pscustomobject]@{ FilePath = 'sh'; ArgumentList = @('-c', 'exit 4'); Name = $names[1] }
        ) | Start-NsProcess -Wait
        $sessions.Name | Should -Be $names
        $sessions.ExitCode | Should -Be 3, 4
    }

    It 'starts the others where one cannot be' {
        $names = (New-SessionName), (New-SessionName)
        $sessions = 'no-such-command', 'true' | ForEach-Object { $i = 0 } { [pscustomobject]@{ FilePath = $_; Name = $names[$i++] } } |
            Start-NsProcess -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems.FullyQualifiedErrorId | Should -Be 'CommandNotFound,NsModule.Commands.StartNsProcessCommand'
        $sessions.Name | Should -Be $names[1]
    }

    It 'starts nothing where it cannot be bound' {
        $name = New-SessionName
        1..3 | Start-NsProcess sleep -Name $name -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems.FullyQualifiedErrorId | Should -Be (@('InputObjectNotBound,NsModule.Commands.StartNsProcessCommand') * 3)
        Get-NsProcess "$name*" | Should -BeNullOrEmpty
    }

    It 'is the input of Invoke-NsCommand, whatever its properties are' {
        'text' | Add-Member -PassThru -NotePropertyName Name -NotePropertyValue 'no name' | Invoke-NsCommand cat | Should -Be text
    }
}

Describe 'A script block of one command' {
    BeforeAll {
        $two = 'a', 'b c'
        $text = 'x y'
        $none = $null
        $format = '<%s>'
    }

    It 'gives its command <Expected>: <Line>' -ForEach @(
        @{ Line = { Invoke-NsCommand { printf $format -f -Name --long=$text -x:$text } }; Expected = '<-f><-Name><--long=x y><-x:x y>' }
        @{
            Line     = { Invoke-NsCommand { printf $format $two "$text!" $(1 + 1) (2, 3) $none 007 } }
            Expected = '<a><b c><x y!><2><2><3><007>'
        }
        @{ Line = { Invoke-NsCommand { printf $format @two -o pid,args } }; Expected = '<a><b c><-o><pid,args>' }
        @{ Line = { Invoke-NsCommand { & "print$('f')" $format 'a''b' "c`td" } }; Expected = "<a'b><c`td>" }
        @{ Line = { Invoke-NsCommand { printf -- $format $using:text "$using:text;" } }; Expected = '<x y><x y;>' }
        @{ Line = { (Start-NsProcess { true -Name x } -Name (New-SessionName) -Wait).ArgumentList -join '|' }; Expected = '-Name|x' }
    ) {
        & $Line | Should -BeExactly $Expected
    }

    It 'sees the variables of the function that it is written in, and computes each expression once' {
        function Invoke-It {
            $local = 'local'
            $count = @{ Value = 0 }
            Invoke-NsCommand { echo $local $(++$count.Value; $count.Value) }
            $count.Value
        }
        Invoke-It | Should -Be 'local 1', 1
    }

    It 'works in a job, where -- does not' {
        $job = Start-Job -ArgumentList $ModulePath {
            Import-Module $args[0]
            $inner = 'inner'
            Invoke-NsCommand { echo -n $inner $using:text }
        }
        Receive-Job $job -Wait -AutoRemoveJob | Should -Be 'inner x y'
    }

    It 'is InvalidCommandBlock where it says no single command: <Block>' -ForEach @(
        @{ Block = { a | b } }
        @{ Block = { a > b } }
        @{ Block = { a 2>&1 } }
        @{ Block = { a; b } }
        @{ Block = { a && b } }
        @{ Block = { a & } }
        @{ Block = { . a } }
        @{ Block = { 'sleep 10' } }
        @{ Block = { $x = 1 } }
        @{ Block = { param($x) a } }
        @{ Block = { begin { a } } }
        @{ Block = { } }
        @{ Block = { & '' } }
        @{ Block = { & ('a', 'b') } }
    ) {
        foreach ($cmdlet in 'Invoke-NsCommand', 'Start-NsProcess') {
            $thrown = { & $cmdlet $Block } | Should -Throw -ErrorId 'InvalidCommandBlock,*' -PassThru
            $thrown.CategoryInfo.Category | Should -Be InvalidArgument
            $thrown.Exception.Message | Should -Match 'sh -c'
        }
    }

    It 'takes no further arguments' {
        { Invoke-NsCommand { ls } x } | Should -Throw -ErrorId 'InvalidCommandBlock,*'
    }

    It 'passes on what fails in it' {
        { Invoke-NsCommand { echo $(throw 'inside') } } | Should -Throw -ExpectedMessage inside
    }
}
