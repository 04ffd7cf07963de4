#!/usr/bin/env bash
# Installs redis-py for the tests that compare with it, if the system's archive has it. Prints the result, and
# what to do if nothing can be installed. The script never fails: the tests themselves report that they did
# not run, and fail in CI.
#   REDPOLL_PYTHON=/path/to/python3   use this Python: it must have redis-py, nothing is installed
set -euo pipefail

say() { printf 'redis-py: %s\n' "$*"; }
python=${REDPOLL_PYTHON:-/usr/bin/python3} # the system's: another one in the PATH does not have the system's packages
version() { "$python" -c 'import redis; print(redis.__version__)' 2>/dev/null </dev/null; }

if found=$(version); then
	say "$found, of $python"
	exit 0
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(false); fi
fi
if [ -z "${REDPOLL_PYTHON:-}" ] && [ "${root[*]:-}" != false ] && command -v apt-get >/dev/null 2>&1; then
	say "installing python3-redis with apt-get"
	install() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-redis </dev/null >&2; }
	install || { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >&2 && install; } || true
fi
if found=$(version); then
	say "$found, of $python"
else
	say "not there: the tests that compare with it do not run. apt-get install python3-redis brings it on Debian and Ubuntu;" \
		"elsewhere set REDPOLL_PYTHON to a Python that has it" >&2
fi
