#!/usr/bin/env bash
# Builds the tools that the other scripts run into .cache/bin. tools/go.mod pins their versions.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache/bin
go -C tools build -o "$PWD/.cache/bin/" honnef.co/go/tools/cmd/staticcheck ./houserules ./testreport
