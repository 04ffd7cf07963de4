#!/usr/bin/env bash
# Runs all checks that a change must pass: CI runs exactly this script.
# Every step runs even if an earlier one failed, so one run shows everything; the verdicts are at the end.
# The whole suite runs on one server, with the race detector. Tests that use a server also run on newer ones,
# without the race detector.
#   REDPOLL_SERVER=/path/to/binary   the server for the whole suite
#   REDPOLL_SERVERS="PATH PATH"      the newer ones; by default scripts/servers.sh fetches a Redis and a Valkey
#   REDPOLL_PYTHON=/path/to/python3  compare with the redis-py of this Python
#   CI=1                             fail where newer servers or redis-py are missing
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
tests=$PWD/.cache/tests
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

# release prints the name and version of a server program: "Redis 8.0.6".
release() { "$1" --version </dev/null | sed -n 's/^\([A-Za-z]*\) server v=\([0-9.]*\).*/\1 \2/p'; }

# On the newer servers run the packages whose tests use a server, except these folders: they are about the
# client and its connections, take long, and do not depend on the release of a server.
client_only=(tests/budgets tests/deadlinks tests/large tests/patience tests/reliability)

build_other_tests() {
	local dir
	for dir in "${client_only[@]}"; do
		[ -d "$dir" ] || { echo "client_only in scripts/test.sh: there is no $dir" >&2 && return 1; }
	done
	other_packages=(. ./legacy) # the fixtures of redpolltest run in the tests of failovers and clusters
	for dir in tests/*/; do
		dir=${dir%/}
		case " ${client_only[*]} " in *" $dir "*) ;; *) other_packages+=("./$dir") ;; esac
	done
	rm -rf "$tests" && mkdir -p "$tests" && go test -c -o "$tests/" "${other_packages[@]}"
}

other_tests() { # server, its name
	local package name status=0 log
	log=$PWD/.cache/test-${2// /-}.log
	for package in "${other_packages[@]}"; do
		name=$(basename "$(cd "$package" && go list)")
		(cd "$package" && REDPOLL_SERVER=$1 go tool test2json -t -p "$name on $2" \
			"$tests/$name.test" -test.v=test2json -test.timeout=5m 2>&1)
	done | "$bin/testreport" | tee "$log" || status=1
	return $status
}

# -coverpkg is left out: it compiles everything again, which doubles the time. Use make cover.
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
scripts/install-redis-py.sh
first=$(release "${REDPOLL_SERVER:-$(command -v redis-server || command -v valkey-server)}")
others=() missing=
if list=$(scripts/servers.sh); then
	while read -r server; do [ -z "$server" ] || others+=("$server"); done <<<"$list"
	[ ${#others[@]} -gt 0 ] || missing="REDPOLL_SERVERS is empty"
elif [ -n "${REDPOLL_SERVERS:-}" ] || [ "${CI:-false}" != false ]; then
	verdicts+=("FAILED  newer servers: there are none, see the beginning")
	failed=1
else
	missing="there are none, see the beginning"
fi

run "format, vet, staticcheck, house rules" scripts/lint.sh
run "generated code" scripts/check-generated.sh
run "tests of the root module, on $first" root_tests
if [ ${#others[@]} -gt 0 ]; then
	run "tests for newer servers are built, and the folders left out are there" build_other_tests
	for server in "${others[@]}"; do
		name=$(release "$server")
		run "tests on $name, without the race detector" other_tests "$server" "$name"
	done
fi
[ -z "$missing" ] || verdicts+=("NOT RUN tests on newer servers: $missing")
run "allocation budgets, without the race detector" alloc_tests
run "tests of the nested modules" nested_tests
run "examples build" go -C examples build -o /dev/null ./...
run "demo" env -u REDIS_URL go -C examples run ./quickstart

printf '\n== test results\n'
cat "$log"
for server in ${others[@]+"${others[@]}"}; do
	name=$(release "$server")
	printf '\n== test results on %s\n' "$name"
	cat ".cache/test-${name// /-}.log"
done
printf '\n== verdicts\n'
printf '%s\n' "${verdicts[@]}"
exit $failed
