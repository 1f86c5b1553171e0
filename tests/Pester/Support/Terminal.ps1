# Drives a program on a real terminal through a tmux server of its own, and never waits but by looking at the screen.

$TmuxSocket = "nsmodule-$($SessionPrefix.TrimEnd('-'))"

function Invoke-Tmux {
    if (-not (Get-Command tmux -CommandType Application -ErrorAction Ignore)) {
        throw 'There is no tmux on this machine, and the tests at a real terminal take it. Install the package tmux.'
    }
    $output = & tmux -u -L $TmuxSocket -f /dev/null @args 2>&1
    if ($LASTEXITCODE -ne 0) {
        throw "tmux $args`: $output"
    }
    $output
}

class TestTerminal {
    [string] $Name
    [string] $Tty
    [int] $ProcessId
    [int] $Prompt
}

# A window with a command in it.
function Start-Terminal {
    param(
        [Parameter(Mandatory)] [string[]] $Command,
        [int] $Columns = 80,
        [int] $Rows = 24
    )
    $name = 't' + [guid]::NewGuid().ToString('N').Substring(0, 8)
    # A command that ends at once is still to be seen.
    $null = Invoke-Tmux start-server ';' set-option -g remain-on-exit on ';' new-session -d -s $name -x $Columns -y $Rows -- @Command
    $tty, $processId = (Invoke-Tmux display-message -p -t $name '#{pane_tty} #{pane_pid}') -split ' '
    [TestTerminal]@{ Name = $name; Tty = $tty; ProcessId = $processId }
}

function Stop-Terminal {
    param([TestTerminal] $Terminal)
    if ($Terminal) {
        $null = & tmux -L $TmuxSocket kill-session -t $Terminal.Name 2>&1
    }
}

# Keys as tmux names them: Enter, Up, C-c.
function Send-Key {
    param([TestTerminal] $Terminal, [Parameter(ValueFromRemainingArguments)] [string[]] $Key)
    $null = Invoke-Tmux send-keys -t $Terminal.Name -- @Key
}

function Send-Text {
    param([TestTerminal] $Terminal, [string] $Text)
    $null = Invoke-Tmux send-keys -t $Terminal.Name -l -- $Text
}

function Send-Line {
    param([TestTerminal] $Terminal, [string] $Text)
    Send-Text $Terminal $Text
    Send-Key $Terminal Enter
}

# What the screen shows, a line each, long lines joined.
function Get-Screen {
    param([TestTerminal] $Terminal)
    (Invoke-Tmux capture-pane -p -J -t $Terminal.Name | ForEach-Object { "$_".TrimEnd() }) -join "`n"
}

# Waits until the screen shows what fits the pattern (multi-line: ^ and $ are a line's), and returns the screen.
function Wait-Screen {
    param([TestTerminal] $Terminal, [string] $Pattern, [double] $TimeoutSec = $Patience)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $screen = Get-Screen $Terminal
        if ($screen -cmatch "(?m)$Pattern") {
            return $screen
        }
        if ($watch.Elapsed.TotalSeconds -gt $TimeoutSec) {
            throw "Not on the screen within $TimeoutSec seconds: $Pattern`n--- screen:`n$screen`n---"
        }
        [System.Threading.Thread]::Sleep(50)
    }
}

# Waits for a prompt later than the last one seen (pwsh may count some unseen); returns the screen.
function Wait-Prompt {
    param([TestTerminal] $Terminal, [double] $TimeoutSec = $Patience)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $screen = Wait-Screen $Terminal '^P\d+>\n*\z' ($TimeoutSec - $watch.Elapsed.TotalSeconds)
        $seen = [int]([regex]::Match($screen, '(?m)^P(\d+)>\n*\z').Groups[1].Value)
    } while ($seen -le $Terminal.Prompt)
    $Terminal.Prompt = $seen
    $screen
}

# A line at the prompt of pwsh; returns the screen at the next prompt.
function Invoke-Line {
    param([TestTerminal] $Terminal, [string] $Text)
    Send-Line $Terminal $Text
    Wait-Prompt $Terminal
}

# The command line of an interactive pwsh with PSReadLine, the module, and a prompt that counts; it keeps no history file.
function Get-PwshCommand {
    $Pwsh + '-NoProfile', '-NoLogo', '-NoExit', '-Command', (
        "Import-Module PSReadLine; Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None; " +
        "Import-Module '$ModulePath'; `$n = 0; function prompt { `"P`$((++`$global:n))> `" }")
}

function Start-PwshTerminal {
    param([int] $Columns = 80, [int] $Rows = 24, [string[]] $Through = @())
    $terminal = Start-Terminal ($Through + (Get-PwshCommand)) $Columns $Rows
    $null = Wait-Prompt $terminal
    $terminal
}

# A plain sh in the window, which leaves the terminal's settings alone, and pwsh under it.
function Start-PwshUnderShell {
    $terminal = Start-Terminal 'env', 'PS1=OUT> ', 'sh'
    $null = Wait-Screen $terminal '^OUT>$'
    $terminal
}

function Enter-Pwsh {
    param([TestTerminal] $Terminal)
    $quoted = Get-PwshCommand | ForEach-Object { "'" + $_.Replace("'", "'\''") + "'" }
    $script = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).sh"
    Set-Content $script ('exec ' + ($quoted -join ' '))
    Send-Line $Terminal "sh $script"
    $null = Wait-Prompt $Terminal 60
    [int](& pgrep -P $Terminal.ProcessId)
}

# stty -a of the window's terminal, seen from outside.
function Get-Stty {
    param([TestTerminal] $Terminal)
    (& stty -a -F $Terminal.Tty) -join "`n"
}

function Test-Raw {
    param([TestTerminal] $Terminal)
    $words = (Get-Stty $Terminal) -split '[\s;]+'
    '-icanon' -in $words -and '-isig' -in $words -and '-echo' -in $words -and '-opost' -in $words
}

# The ns-agent that has the terminal for a pwsh.
function Get-AttachProcess {
    param([int] $ParentId)
    Wait-Condition { & pgrep -P $ParentId -f 'ns-agent attach' } -Because 'ns-agent attach runs' | ForEach-Object { [int]$_ }
}
