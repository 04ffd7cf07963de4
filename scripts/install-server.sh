#!/usr/bin/env bash
# Installs a server for the tests if there is none. Prints what it found or did.
#   REDPOLL_SERVER=/path/to/binary   use this server: it must exist, nothing is installed
set -euo pipefail

say() { printf 'server: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

if [ -n "${REDPOLL_SERVER:-}" ]; then
	path=$(command -v -- "$REDPOLL_SERVER" || true)
	if [ -z "$path" ]; then
		say "REDPOLL_SERVER=$REDPOLL_SERVER is not an executable file" >&2
		exit 1
	fi
	say "$path ($("$path" --version </dev/null | head -n 1))"
	exit 0
fi

found() {
	have redis-server && have redis-sentinel && return 0
	# Some systems package Valkey only. One binary plays both parts there.
	! have redis-server && have valkey-server
}

if found; then
	server=$(command -v redis-server || command -v valkey-server)
	say "$server ($("$server" --version </dev/null | head -n 1))"
	exit 0
fi

explain() {
	cat >&2 <<'MSG'
server: no redis-server (or redis-sentinel) found, and it could not be installed. One of these does it:
    apt-get install redis-server redis-sentinel      Debian, Ubuntu
    dnf install redis        or  dnf install valkey  Fedora and its kin
    apk add redis                                    Alpine
    brew install redis                               macOS
or point the tests at a server binary:
    REDPOLL_SERVER=/path/to/redis-server make test
MSG
	exit 1
}

# Package managers need root, except Homebrew, which refuses it. sudo must not wait for a password that nobody
# types.
root=()
if [ "$(id -u)" -ne 0 ]; then
	if have sudo && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(false); fi
fi

if have brew; then
	say "installing redis with brew"
	brew install redis </dev/null || explain
elif [ "${root[*]:-}" = false ]; then
	say "installing needs root, and sudo is missing or asks for a password" >&2
	explain
elif have apt-get; then
	say "installing redis-server and redis-sentinel with apt-get"
	# The package may start a service on port 6379. That does no harm: the tests use ports of their own.
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null || say "apt-get update failed; trying with the lists at hand"
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		redis-server redis-sentinel </dev/null || found || explain # its service may fail to start: no matter
elif have dnf; then
	say "installing redis, or valkey where that took its place, with dnf"
	"${root[@]}" dnf install -y -q redis </dev/null || "${root[@]}" dnf install -y -q valkey </dev/null || explain
elif have apk; then
	say "installing redis with apk"
	"${root[@]}" apk add --no-progress redis </dev/null || explain
else
	explain
fi

found || explain
server=$(command -v redis-server || command -v valkey-server)
say "$server ($("$server" --version </dev/null | head -n 1))"
