#!/usr/bin/env bash
# Prices of things.
# More about it.
set -euo pipefail
source ./near.sh
. "$HOME/other.sh"

LIMIT=10
readonly NAMES=(a b)
export PATH="$PATH:/opt/shop/bin"
declare -A table

# Sells one: item, count.
sell() {
  local item="$1"
  inner() { :; }
}

function open_shop {
  echo open
}
function with_both() ( cd /; )

if [ -n "${DEBUG:-}" ]; then
  only_debug() { set -x; }
  MODE=debug
fi
alias ll='ls -l'
sell "$@"
