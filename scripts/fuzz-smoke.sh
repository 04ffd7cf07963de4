#!/usr/bin/env bash
# Runs every fuzz target of the root module for a while: scripts/fuzz-smoke.sh [time for each, default 10s]
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
for package in $(go list ./...); do
	# go test -fuzz takes one package and one target at a time.
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "== $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done
