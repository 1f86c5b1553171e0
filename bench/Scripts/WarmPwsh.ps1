# One warm pwsh, both contenders in turn. Writes a line "name<TAB>milliseconds" for each run that counts.
param([string] $Module, [int] $Rounds, [string] $Bundle, [string] $State)

$ErrorActionPreference = 'Stop'
Import-Module $Module
$crun = (Get-Command crun -CommandType Application -ErrorAction Ignore).Source | Select-Object -First 1
$warmUp = 5

for ($i = 0; $i -lt $Rounds + $warmUp; $i++) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $session = Start-NsProcess /bin/true | Wait-NsProcess
    $watch.Stop()
    if ($session.ExitCode -ne 0) { throw "Start-NsProcess: exit code $($session.ExitCode)" }
    Remove-NsProcess $session
    if ($i -ge $warmUp) { "ours`t$($watch.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))" }

    if ($crun) {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        & $crun --root $State run --bundle $Bundle "pwsh-$i"
        $watch.Stop()
        if ($LASTEXITCODE -ne 0) { throw "crun: exit code $LASTEXITCODE" }
        if ($i -ge $warmUp) { "crun`t$($watch.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))" }
    }
}
