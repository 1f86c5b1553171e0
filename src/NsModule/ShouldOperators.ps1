# Assertions on sessions for Pester. They are registered where Pester is loaded when the module is imported, as in its tests; the module
# neither needs nor loads it.
#
#     $session | Should -HaveNsOutput 'listening on port \d+' -TimeoutSec 5
#     $session | Should -Not -ShowOnNsScreen 'Traceback'

# What both have in common: waits for the pattern, and tells with the screen what there was in its place. The negation does not wait: it
# is about what is there now.
function Test-NsText($Session, $Pattern, $TimeoutSec, $Negate, $Because, $Switch, $Where) {
    $expected = "$($Negate ? 'not ' : '')to match '$Pattern'$($Because ? ", because $Because" : '')"
    $timeout = $Negate ? 0 : $TimeoutSec
    try {
        $match = Wait-NsOutput $Session $Pattern @Switch -TimeoutSec $timeout -ErrorAction Stop
        $text = "It matched '$match'."
    }
    catch {
        # Anything else than that it did not match is no answer.
        if ($_.FullyQualifiedErrorId -notmatch '^(OutputTimeout|OutputNotFound),') {
            throw
        }
        $match = $null
        $text = $_.Exception.Message
    }

    $succeeded = $Negate ? -not $match : [bool]$match
    [pscustomobject]@{
        Succeeded      = $succeeded
        FailureMessage = $succeeded ? '' : "Expected the $Where $expected, but it did $($Negate ? '' : 'not ')do so. $text"
    }
}

$pester = Microsoft.PowerShell.Core\Get-Module Pester
if ($pester) {
    $known = & $pester { Get-ShouldOperator }
    $operators = @{
        HaveNsOutput   = {
            param($ActualValue, [string] $Pattern, [double] $TimeoutSec = 10, [switch] $Negate, [string] $Because)
            Test-NsText $ActualValue $Pattern $TimeoutSec $Negate $Because @{ All = $true } 'output of the session'
        }
        ShowOnNsScreen = {
            param($ActualValue, [string] $Pattern, [double] $TimeoutSec = 10, [switch] $Negate, [string] $Because)
            Test-NsText $ActualValue $Pattern $TimeoutSec $Negate $Because @{ Screen = $true } 'screen of the session'
        }
    }
    foreach ($name in $operators.Keys) {
        if ($known.Name -notcontains $name) {
            Pester\Add-ShouldOperator -Name $name -InternalName "Should-$name" -Test $operators[$name]
        }
    }
}
