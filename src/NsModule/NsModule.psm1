# Loads the module's assemblies into a load context of their own, so that several versions of the module can be in one pwsh, and
# none meets what another module has loaded. All runspaces of a pwsh share it: what one has started is an object of the others, too.
# Loops instead of Where-Object and its like: they make the import measurably faster.
$default = [System.Runtime.Loader.AssemblyLoadContext]::Default
[System.Threading.Monitor]::Enter($default)
try {
    $context = $null
    foreach ($other in [System.Runtime.Loader.AssemblyLoadContext]::All) {
        if ($other.Name -eq $PSScriptRoot) {
            $context = $other
        }
    }
    if (-not $context) {
        $context = [System.Runtime.Loader.AssemblyLoadContext]::new($PSScriptRoot)
    }
    # What others depend on first: what a context has already is looked for nowhere else.
    $null = $context.LoadFromAssemblyPath("$PSScriptRoot/Tmds.LibC.dll")
    $engine = $context.LoadFromAssemblyPath("$PSScriptRoot/NsEngine.dll")
    $cmdlets = $context.LoadFromAssemblyPath("$PSScriptRoot/NsModule.dll")
}
finally {
    [System.Threading.Monitor]::Exit($default)
}

# PowerShell refuses a cmdlet where there is one of the same name, from a module of the same name, in the same place: the version that
# is imported last takes the place of the one before. Commands and sessions that somebody still has of that one work as before.
foreach ($module in Microsoft.PowerShell.Core\Get-Module NsModule) {
    if ($module.ModuleBase -ne $PSScriptRoot) {
        Microsoft.PowerShell.Core\Remove-Module -ModuleInfo $module -Force
    }
}

# The engine has no cmdlets, but PowerShell finds a type that is named in a script, as [NsModule.NsSession], only in what was imported.
$nested = Microsoft.PowerShell.Core\Import-Module -Assembly $engine, $cmdlets -PassThru

# Otherwise PowerShell would take them for imported the next time, and this module would have no commands.
$ExecutionContext.SessionState.Module.OnRemove = {
    foreach ($module in $nested) {
        Microsoft.PowerShell.Core\Remove-Module -ModuleInfo $module -Force
    }
}

# To read it takes a tenth of the import.
if (Microsoft.PowerShell.Core\Get-Module Pester) {
    . $PSScriptRoot/ShouldOperators.ps1
}
