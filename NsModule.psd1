@{
    RootModule           = 'NsModule.psm1'
    ModuleVersion        = '0.1.0'
    CompatiblePSEditions = @('Core')
    GUID                 = '5b1f6f0e-6b52-4c0d-9f55-0a3f0e4f2f57'
    Author               = 'The NsModule authors'
    Description          = 'Commands in their own Linux namespaces, on a real terminal: start, enter, list, wait for and stop them.'
    PowerShellVersion    = '7.6'
    FormatsToProcess     = @('NsModule.Format.ps1xml')
    CmdletsToExport      = @(
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
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags       = @('Linux', 'namespaces', 'terminal', 'pty', 'container', 'sandbox', 'PSEdition_Core')
            LicenseUri = 'https://licenses.nuget.org/MIT'
        }
    }
}
