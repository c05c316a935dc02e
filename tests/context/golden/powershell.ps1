<#
.SYNOPSIS
    Prices of things.
#>
#requires -Version 7
using namespace System.IO
using module ./Near.psm1
[CmdletBinding()]
param(
    [string]$Name = "x",
    [switch]$Force
)
Import-Module Pester
. $PSScriptRoot/other.ps1

$Limit = 10
$script:Names = @("a", "b")

enum Colour { Red; Green = 2 }

# A shop.
class Shop : Base {
    [string]$Name = "x"
    static [int] $Count
    Shop([string]$name) { $this.Name = $name }
    # Sells one.
    [int] Sell([string]$item, [int]$count) { return 1 }
    static [Shop] Open() { return $null }
}

<#
.SYNOPSIS
Sells one.
.DESCRIPTION
More.
#>
function Invoke-Sell {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string]$Item, # which
        [int]$Count = 1
    )
    process { function Inner { } }
}

function Add-Two($a, $b = 2) { $a + $b }
filter Where-Big { if ($_ -gt 5) { $_ } }
if ($Force) { function Only-Force { } }
