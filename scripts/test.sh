#!/usr/bin/env bash
# Everything that has to hold before a change is ready, in one go: CI runs exactly this.
# Every step runs even when an earlier one failed, so that one run tells all; the verdicts stand at the end.
#   REDPOLL_SERVER=/path/to/binary   run the tests on this server
#   RACE=                            leave the race detector out (it needs a C compiler)
set -uo pipefail
cd "$(dirname "$0")/.."
exec </dev/null # nothing here may wait for a person

race=${RACE--race}
if [ -n "$race" ] && ! command -v "$(go env CC)" >/dev/null 2>&1; then
	echo "no C compiler ($(go env CC)): the race detector needs one. Install gcc, or run 'make test RACE=' without the detector." >&2
	exit 1
fi
if [ -z "$race" ]; then echo "WITHOUT the race detector (RACE= is set)"; fi

mkdir -p .cache
bin=$PWD/.cache/bin
log=$PWD/.cache/test.log
: >"$log"

verdicts=()
failed=0
run() { # name, command...
	local name=$1 start=$SECONDS
	shift
	printf '\n== %s\n' "$name"
	if "$@"; then
		verdicts+=("ok      $name ($((SECONDS - start)) s)")
	else
		verdicts+=("FAILED  $name ($((SECONDS - start)) s)")
		failed=1
	fi
}

# gotest runs tests and keeps their verdict lines for the end. -count=1: a result from the cache
# says nothing about the server at hand.
gotest() { # directory, arguments of go test
	local dir=$1
	shift
	(cd "$dir" && go test -json -count=1 -timeout=10m "$@" 2>&1) | "$bin/testreport" | tee -a "$log"
}

# Without -coverpkg, which compiles everything once more and takes as long as all the rest of the compiling: make cover.
root_tests() { gotest . $race ./...; }

# The race detector adds allocations, so the tests that count them run once more without it.
alloc_tests() { gotest . -run Alloc ./...; }

nested_tests() {
	local dir status=0
	for dir in $(scripts/modules.sh); do
		case $dir in
		.) ;;
		# Their own code is small and the compared clients are large: no detector there.
		./bench | ./tools) gotest "$dir" ./... || status=1 ;;
		*) gotest "$dir" $race ./... || status=1 ;;
		esac
	done
	return $status
}

if ! scripts/install-server.sh || ! scripts/tools.sh; then exit 1; fi

run "format, vet, staticcheck, house rules" scripts/lint.sh
run "generated code" scripts/check-generated.sh
run "tests of the root module" root_tests
run "allocation budgets, without the race detector" alloc_tests
run "tests of the nested modules" nested_tests
run "examples build" go -C examples build -o /dev/null ./...
run "demo" env -u REDIS_URL go -C examples run ./quickstart

printf '\n== test results\n'
cat "$log"
printf '\n== verdicts\n'
printf '%s\n' "${verdicts[@]}"
exit $failed
