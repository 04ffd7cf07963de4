#!/usr/bin/env bash
# Prints the directory of every Go module of the repository, the root first.
set -euo pipefail
cd "$(dirname "$0")/.."
find . -name '.?*' -prune -o -name go.mod -print | sed 's|/go.mod$||' | sort
