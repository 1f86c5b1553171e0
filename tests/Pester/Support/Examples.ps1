# The examples of the help, and what runs one of them. A comment right before the code of an example says how it is run:
#
#     <!-- test
#     needs: root, python3           an example that takes root, or programs that not every machine has
#     setup: $session = ...          lines to be run before it, and
#     check: $session.State -eq ...  conditions that must hold after it, and
#     cleanup: ...                   lines for the end, whatever has happened
#     type: PATTERN => TEXT          it is run at a terminal: where the screen shows the pattern, this line is typed
#     exempt: REASON                 it is not run
#     -->

# The examples of a folder of Markdown pages, each a hashtable for -ForEach.
function Get-HelpExample {
    param([Parameter(Mandatory)] [string] $Folder)
    $pattern = '(?ms)^### (?<title>[^\n]+)\n\n(?:<!-- test\n(?<test>.*?)\n-->\n)?```powershell\n(?<code>.*?)\n```$'
    foreach ($file in Get-ChildItem $Folder -Filter *.md -Recurse) {
        foreach ($match in [regex]::Matches((Get-Content $file -Raw), $pattern)) {
            $example = @{
                Page = $file.BaseName; Title = $match.Groups['title'].Value; Code = $match.Groups['code'].Value
                needs = @(); setup = @(); check = @(); cleanup = @(); type = @(); exempt = @()
            }
            foreach ($line in $match.Groups['test'].Value -split '\n' | Where-Object { $_ }) {
                $key, $value = $line -split ': ', 2
                if (-not $example.ContainsKey($key) -or -not $value) {
                    throw "$($file.Name), '$($example.Title)': there is no '$line' for the test of an example."
                }
                $example[$key] += $key -eq 'needs' ? $value -split ', ' : $value
            }
            $example.Programs = @($example.needs -ne 'root')
            $example.Tag = @('Root' | Where-Object { 'root' -in $example.needs })
            $example
        }
    }
}

# What the setup of an example may use.
$ExamplePrologue = @'
$ErrorActionPreference = 'Stop'
$null = New-Item ~/bin -ItemType Directory
$env:PATH = "$HOME/bin:$env:PATH"

# A program that is this script for sh; a bare name is found in PATH.
function Add-Program {
    param([string] $Path, [string] $Script)
    $Path = $Path.Contains('/') ? $Path : "~/bin/$Path"
    $null = New-Item (Split-Path $Path) -ItemType Directory -Force
    Set-Content $Path "#!/bin/sh`n$Script"
    chmod +x (Resolve-Path $Path).Path
}

# A root file system with busybox.
function Add-Root {
    param([string] $Path)
    if ($Path -like '/srv/*') {
        # Nobody else on the machine sees it.
        mount -t tmpfs tmpfs /srv
    }
    $null = New-Item $Path/bin, $Path/etc -ItemType Directory
    Copy-Item /bin/busybox $Path/bin/busybox
    foreach ($name in 'cat', 'sh', 'test') {
        $null = New-Item -ItemType SymbolicLink -Path $Path/bin/$name -Target busybox
    }
    Add-Program $Path/bin/bash 'exec sh "$@"'
}

# A bundle with a shell.
function Add-Bundle {
    param([string] $Path)
    Add-Root $Path/rootfs
    @{
        ociVersion = '1.0.2'
        root       = @{ path = 'rootfs' }
        process    = @{ user = @{ uid = 0; gid = 0 }; args = @('sh'); env = @('PATH=/bin'); cwd = '/' }
        mounts     = @(
            @{ destination = '/proc'; type = 'proc'; source = 'proc' }
            @{ destination = '/dev'; type = 'tmpfs'; options = @('nosuid', 'mode=755') }
        )
        linux      = @{
            namespaces  = @('pid', 'mount', 'user' | ForEach-Object { @{ type = $_ } })
            uidMappings = @(@{ containerID = 0; hostID = [int](id -u); size = 1 })
            gidMappings = @(@{ containerID = 0; hostID = [int](id -g); size = 1 })
        }
    } | ConvertTo-Json -Depth 9 | Set-Content $Path/config.json
}
'@

# One script for several examples: after each it says on a line of its own how that has ended.
function New-ExampleScript {
    param([Parameter(Mandatory)] [hashtable[]] $Example)
    $lines = @(
        "`$env:PSModulePath = '$(Split-Path $ModulePath)' + ':' + `$env:PSModulePath"
        "Import-Module '$ModulePath'"
        if ($Example.Code -match '\bShould\b') {
            "Import-Module '$((Get-Module Pester).Path)'"
        }
        $ExamplePrologue
        foreach ($one in $Example) {
            $title = $one.Title.Replace("'", "''")
            '& {'
            "Set-Location (New-Item -ItemType Directory ~/$([guid]::NewGuid()))"
            '$failure = $null'
            'try {'
            $one.setup
            $one.Code
            $one.check | ForEach-Object { "if (-not ($_)) { throw 'It does not hold: $($_.Replace("'", "''"))' }" }
            '} catch { $failure = $_ } finally {'
            $one.cleanup
            'Get-EventSubscriber | Unregister-Event'
            'Get-NsProcess | Remove-NsProcess -Force'
            '# The kernel makes an overlay''s work directory that its owner may not even list.'
            'chmod -R u+rwX ~'
            '}'
            "`$failure ? ('EXAMPLE FAILED: $title', `$failure, `$failure.InvocationInfo.PositionMessage) : 'EXAMPLE ENDED: $title'"
            '}'
        }
    )
    $script = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).ps1"
    Set-Content $script ($lines -join "`n")
    $script
}

# What starts the pwsh of examples: a store, a home and, for root, a network of its own, so that all names and ports are free.
function Get-ExampleSurroundings {
    $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
    if ((id -u) -eq 0) {
        'unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'
    }
    Get-OwnStore
    'env', "HOME=$folder"
}
