# Starts one approved script. This file is constant; only its one argument changes.
# Exit code: that of `exit n`, else that of the last native program if not 0, else 1 if the last statement
# failed, else 0. An error that does not end the script is shown on stderr and does not change the exit code.
param([Parameter(Mandatory = $true)][string]$CopilotApprovedScript)
try {
    [Console]::OutputEncoding = $OutputEncoding = New-Object System.Text.UTF8Encoding $false
} catch {
    # Constrained language mode forbids setting the property.
    chcp.com 65001 | Out-Null
    Write-Warning 'This machine restricts PowerShell (constrained language mode); some commands may be refused.'
}
$ProgressPreference = 'SilentlyContinue'
$global:LASTEXITCODE = 0
& $CopilotApprovedScript
$CopilotSucceeded = $?
if ($LASTEXITCODE) { exit $LASTEXITCODE }
if (-not $CopilotSucceeded) { exit 1 }
exit 0
