#!/bin/sh
# What `dotnet run --project src/NsModule` becomes: pwsh with the module that was built. The words are one command line, as they are
# behind `pwsh -Command`, and the exit code is that of `exit`, else $LASTEXITCODE, else 1 where the line failed. Without words there
# is a prompt. Arguments: the dotnet program, pwsh.dll, the words.
dotnet=$1 pwsh=$2 import="Import-Module '$(cd "$(dirname "$0")/../../out/NsModule" && pwd)'"
shift 2
if [ $# -eq 0 ]; then
    exec "$dotnet" "$pwsh" -NoLogo -NoProfile -NoExit -Command "$import"
fi
exec "$dotnet" "$pwsh" -NoLogo -NoProfile -Command "$import
$*
; \$succeeded = \$?; exit (\$LASTEXITCODE ? \$LASTEXITCODE : [int]-not \$succeeded)"
