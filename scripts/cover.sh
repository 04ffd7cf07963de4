#!/usr/bin/env bash
# Runs the tests of the root module without the race detector and prints how much of the code that users
# import they cover: the packages of the root module without the generator, the tests and their fixtures.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-server.sh
mkdir -p .cache
profile=$PWD/.cache/coverage.out
covered=$(go list ./... | grep -v -E '/(redpolltest|tests|internal/testkit|internal/command/(gen|table))(/|$)' | paste -s -d , -)
go test -count=1 -timeout=10m -coverpkg="$covered" -coverprofile="$profile" ./... </dev/null
go tool cover -func="$profile" | awk 'END { print "coverage of the client and its layers: " $NF }'
