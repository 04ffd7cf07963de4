#!/usr/bin/env bash
# The checks that run no test: formatting, vet, staticcheck and the house rules, over every module.
#   scripts/lint.sh          everything
#   scripts/lint.sh STEP...  only these: format vet staticcheck rules
# All steps run even when one of them finds something.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools.sh
bin=$PWD/.cache/bin
modules=$(scripts/modules.sh)

format() {
	local found
	found=$(gofmt -l .)
	[ -z "$found" ] && return 0
	printf '%s\n' "$found" "not formatted: run gofmt -w on these files" >&2
	return 1
}

vet() {
	local dir status=0
	for dir in $modules; do
		(cd "$dir" && go vet ./...) || status=1
	done
	return $status
}

staticcheck() {
	local dir status=0
	for dir in $modules; do
		(cd "$dir" && "$bin/staticcheck" ./...) || status=1
	done
	return $status
}

rules() { "$bin/houserules" .; }

status=0
for step in "${@:-format vet staticcheck rules}"; do
	# The default is one word with blanks on purpose: it splits here.
	for one in $step; do
		if "$one"; then
			echo "lint: $one ok"
		else
			echo "lint: $one FAILED" >&2
			status=1
		fi
	done
done
exit $status
