#!/usr/bin/env bash
# Prints the paths of further servers for the tests, one a line: newer ones than most systems install.
#   REDPOLL_SERVERS="PATH PATH"   these, and nothing is fetched; an empty value means none
# Otherwise a newer Redis and a newer Valkey come from the system's own package archive (Debian: suite sid,
# Ubuntu: devel). They are unpacked into ${XDG_CACHE_HOME:-~/.cache}/redpoll-servers and never installed; root
# is not needed. Servers that are there already are not fetched again: remove the folder to get newer ones.
# Messages go to standard error.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'servers: %s\n' "$*" >&2; }

explain() {
	say "$*"
	cat >&2 <<'MSG'
servers: no newer Redis and Valkey are at hand. One of these does it:
    REDPOLL_SERVERS="/path/to/redis-server /path/to/valkey-server" make test     programs that are there already
    docker run --rm -v "$PWD":/src -w /src golang:1.26 make test                 a system whose archive has them
    REDPOLL_SERVERS= make test                                                   without them, on one server only
CONTRIBUTING.md, "Other servers", has more.
MSG
	exit 1
}

if [ -n "${REDPOLL_SERVERS+set}" ]; then
	for server in $REDPOLL_SERVERS; do
		path=$(command -v -- "$server" || true)
		[ -n "$path" ] || { say "REDPOLL_SERVERS names $server, which is not an executable file"; exit 1; }
		case $path in /*) ;; *) path=$PWD/$path ;; esac
		version=$("$path" --version </dev/null 2>/dev/null | head -n 1)
		case $version in *" server v="*) ;; *) say "REDPOLL_SERVERS names $server, which is neither a Redis nor a Valkey server"; exit 1 ;; esac
		say "$path ($version)"
		echo "$path"
	done
	exit 0
fi

if [ -n "${XDG_CACHE_HOME:-}" ]; then cache=$XDG_CACHE_HOME
elif [ -n "${HOME:-}" ]; then cache=$HOME/.cache
else cache=$PWD/.cache; fi
dir=$cache/redpoll-servers

fetch() { # into a folder that is not there yet
	local dir=$1 site suite parts key kind lib names opt
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || explain "this system has no apt-get and dpkg to fetch them with"
	site() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v -e -security -e /security | head -n 1; }
	site=$(site) || true
	# A new machine has no lists yet. Its sources name the archive as well.
	[ -n "$site" ] || site=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | grep -v '^#' |
		grep -o 'https\{0,1\}://[^] ]*' | grep -v -e -security -e /security | head -n 1) || true
	[ -n "$site" ] || explain "apt-get knows no archive"
	case " $(. /etc/os-release && echo "$ID ${ID_LIKE:-}") " in
	*" ubuntu "*) suite=devel parts="main universe" key=ubuntu ;;
	*" debian "*) suite=sid parts=main key=debian ;;
	*) explain "the archive of this system is not known" ;;
	esac
	key=/usr/share/keyrings/$key-archive-keyring.gpg
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/debs"
	echo "deb $([ ! -r "$key" ] || echo "[signed-by=$key]") $site $suite $parts" >"$dir/sources.list"
	opt=(-qq -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State=$dir/state" -o "Dir::State::Lists=$dir/state/lists"
		-o Dir::State::Status=/dev/null -o "Dir::Cache=$dir/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3)
	say "fetching a newer Redis and Valkey from $suite"
	apt-get "${opt[@]}" update >&2 || explain "the archive could not be read"
	# With all the libraries that they need, down to the one for C: those of the system may be too old.
	names=$(apt-cache "${opt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances redis-tools valkey-tools | grep '^[a-z0-9]' | sort -u) ||
		explain "the archive could not be read, or has no redis-tools and valkey-tools" # without a network update gives a warning only
	# shellcheck disable=SC2086 # names are words
	(cd "$dir/debs" && apt-get "${opt[@]}" download $names >&2) || explain "the packages could not be fetched"
	for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir/root"; done
	lib=$(dirname "$(find "$dir/root" -name 'ld-linux*.so.*' -o -name 'ld64.so.*' | head -n 1)")
	for kind in redis valkey; do
		# The server and the checker of files are one program, which goes by its name.
		[ -x "$dir/root/usr/bin/$kind-check-rdb" ] || explain "the package $kind-tools has changed: it holds no server"
		ln -sf "$kind-check-rdb" "$dir/root/usr/bin/$kind-server"
		cat >"$dir/$kind-server" <<-RUN
			#!/bin/sh
			dir=\${0%/*}
			exec "\$dir/${lib#"$dir/"}/$(basename "$(find "$lib" -maxdepth 1 -name 'ld*.so.*' | head -n 1)")" \\
				--library-path "\$dir/${lib#"$dir/"}" --argv0 $kind-server "\$dir/root/usr/bin/$kind-server" "\$@"
		RUN
		chmod +x "$dir/$kind-server"
		"$dir/$kind-server" --version </dev/null >&2 || explain "the unpacked $kind-server does not run"
	done
	rm -rf "$dir/debs" "$dir/state" "$dir/cache" "$dir/sources.list"
}

if [ ! -x "$dir/redis-server" ] || [ ! -x "$dir/valkey-server" ]; then
	mkdir -p "$cache" && new=$(mktemp -d "$cache/redpoll-servers.XXXXXX") || explain "$cache could not be written"
	trap 'rm -rf "$new"' EXIT
	fetch "$new"
	chmod 755 "$new"
	rm -rf "$dir"
	# Somebody else may have been quicker; then theirs will do.
	mv -T "$new" "$dir" 2>/dev/null || [ -x "$dir/valkey-server" ] || explain "$dir could not be written"
fi
for kind in redis valkey; do
	say "$dir/$kind-server ($("$dir/$kind-server" --version </dev/null | head -n 1))"
	echo "$dir/$kind-server"
done
