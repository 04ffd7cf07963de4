#!/usr/bin/env bash
# Fails if `go generate` would change a file. The script compares copies from before and after, so it works
# without git and with uncommitted work, and it leaves the tree unchanged.
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(mktemp -d)
after=$(mktemp -d)
trap 'rm -rf "$before" "$after"' EXIT

# The generators write Go files named *_gen.go or *_gen_test.go, and documents whose first lines say so.
generated() {
	{
		find . -name .git -prune -o \( -name '*_gen.go' -o -name '*_gen_test.go' \) -print
		find docs -name '*.md' -exec grep -l -m 1 'Code generated .* DO NOT EDIT' {} + || true
	} | sort -u
}
copy() { # to a directory
	generated | while read -r f; do
		mkdir -p "$1/$(dirname "$f")"
		cp -p "$f" "$1/$f"
	done
}

copy "$before"
go generate ./...
copy "$after"

if ! diff -r -u "$before" "$after" >"$after.diff"; then
	head -n 60 "$after.diff" | sed -e "s|$before|committed|" -e "s|$after|generated|"
	rm -f "$after.diff"
	# Back to what was there: a check changes nothing.
	(cd "$after" && find . -type f) | while read -r f; do [ -e "$before/$f" ] || rm -f "$f"; done
	(cd "$before" && find . -type f) | while read -r f; do cp -p "$before/$f" "$f"; done
	echo "generated code is out of date: run 'make generate' and commit the result" >&2
	exit 1
fi
rm -f "$after.diff"
echo "generated code: up to date ($(generated | wc -l | tr -d ' ') files)"
