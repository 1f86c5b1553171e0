# Several versions of the module in one pwsh: each has its own engine.
BeforeAll {
    . $PSScriptRoot/Support/Common.ps1
    $count = (Import-PowerShellDataFile "$ModulePath/NsModule.psd1").CmdletsToExport.Count

    # Writes 99 into the major number of an assembly's version, where the tables of ECMA-335 (II.22.2) have it. PowerShell keeps
    # what it knows of a cmdlet under the assembly's full name, so it is not enough to change the manifest.
    function Update-AssemblyVersion {
        param([string] $Path)
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        $file = [System.Reflection.PortableExecutable.PEReader]::new([System.IO.MemoryStream]::new($bytes))
        $metadata = [System.Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
        $table = [System.Reflection.Metadata.Ecma335.MetadataReaderExtensions]::GetTableMetadataOffset($metadata, 'Assembly')
        [System.BitConverter]::GetBytes([uint16]99).CopyTo($bytes, $file.PEHeaders.MetadataStartOffset + $table + 4)
        [System.IO.File]::WriteAllBytes($Path, $bytes)
    }

    $NewerPath = Join-Path (New-Item -ItemType Directory "$TestDrive/newer") NsModule
    Copy-Item -Recurse $ModulePath $NewerPath
    (Get-Content "$NewerPath/NsModule.psd1") -replace '^(\s*ModuleVersion\s*=).*', "`$1 '99.0.0'" | Set-Content "$NewerPath/NsModule.psd1"
    foreach ($assembly in 'NsEngine', 'NsModule') {
        Update-AssemblyVersion "$NewerPath/$assembly.dll"
    }

    # Where the engine is that a command's sessions come from.
    $Head = @"
        `$ErrorActionPreference = 'Stop'
        function Get-Engine { param(`$Command) Split-Path (& `$Command | Select-Object -First 1).GetType().Assembly.Location }
"@
}

AfterAll {
    Remove-TestSession
}

Describe 'Versions of the module in one pwsh' {
    BeforeAll {
        $session = New-TestSession
    }

    It 'run side by side, each with its own engine' {
        Invoke-Pwsh "$Head
            `$older = Get-Module NsModule
            `$newer = Import-Module '$NewerPath' -PassThru
            foreach (`$module in `$older, `$newer) { Get-Engine `$module.ExportedCommands['Get-NsProcess'] }
            foreach (`$path in '$ModulePath', '$NewerPath') {
                & (New-Module -ArgumentList `$path {
                    param(`$Path)
                    Import-Module `$Path
                    function Read { (Get-NsProcess)[0].GetType().Assembly.Location }
                }) { Split-Path (Read) }
            }
        " | Should -Be $ModulePath, $NewerPath, $ModulePath, $NewerPath
    }

    It 'take the place of one another, the last that was imported' {
        Invoke-Pwsh "$Head
            Import-Module '$NewerPath'
            Get-Engine Get-NsProcess
            `"`$((Get-Module NsModule).Version)`"
            (Get-Command -Module NsModule).Count
            Import-Module '$ModulePath'
            Get-Engine Get-NsProcess
            (Get-Command -Module NsModule).Count
        " | Should -Be $NewerPath, 99.0.0, $count, $ModulePath, $count
    }

    It 'run the newer engine after the older was removed' {
        Invoke-Pwsh "$Head
            Get-Engine Get-NsProcess
            Remove-Module NsModule
            Get-Command Get-NsProcess -ErrorAction Ignore | ForEach-Object { 'still there' }
            Import-Module '$NewerPath'
            Get-Engine Get-NsProcess
        " | Should -Be $ModulePath, $NewerPath
    }

    It 'take sessions of one another' {
        Invoke-Pwsh "$Head
            `$session = Get-NsProcess '$($session.Name)'
            Import-Module '$NewerPath'
            (`$session | Get-NsProcess).Id
            (Get-NsProcess `$session).Id
            (Stop-NsProcess `$session -Force -PassThru).State
        " | Should -Be $session.Id, $session.Id, Exited
    }

    It 'know their types the same: <_>' -ForEach @(
        '$_.Pid -eq $_.ProcessId'
        '($_ | ConvertTo-CliXml | ConvertFrom-CliXml).State -eq $_.State.ToString()'
        '($_ | ConvertTo-CliXml | ConvertFrom-CliXml).Namespaces.Count -gt 0'
    ) {
        Invoke-Pwsh "$Head
            Import-Module '$NewerPath'
            (Get-NsProcess)[0] | ForEach-Object { $_ }
        " | Should -Be True
    }
}

Describe 'An import' {
    It 'again with -Force keeps the commands, the types and the objects' {
        $id = (New-TestSession).Id
        Invoke-Pwsh "$Head
            `$session = Get-NsProcess $id
            Import-Module '$ModulePath' -Force
            (Get-Command -Module NsModule).Count
            `$session -is [NsModule.NsSession]
            (Get-NsProcess $id) -is `$session.GetType()
        " | Should -Be $count, True, True
    }

    It 'in several runspaces at once makes one engine' {
        $id = (New-TestSession).Id
        Invoke-Pwsh "$Head
            Remove-Module NsModule
            1..4 | ForEach-Object -Parallel { Import-Module '$ModulePath'; (Get-NsProcess $id).GetType() } |
                Select-Object -Unique AssemblyQualifiedName, { `$_.GetHashCode() } | Measure-Object | ForEach-Object Count
        " | Should -Be 1
    }

    It 'finds types by their names, and by using namespace' {
        Invoke-Pwsh "$Head
            [NsModule.NsIdMap]::Parse('0:1:1').ToString()
            & ([scriptblock]::Create(`"using namespace NsModule``n[NsSessionState]::Running.ToString()`"))
        " | Should -Be 0:1:1, Running
    }

    It 'imports no other module' {
        Invoke-Pwsh 'Get-Module | ForEach-Object Name' | Should -Be NsModule
    }
}
