"""Does with redis-py what python_test.go asks for: one JSON list per line in, one per line out.

A request is ["call", method, args, kwargs] for a method of the client, ["lock", method, args, kwargs] for one of the lock
that ["new", name, kwargs] made, ["adopt", token], or ["count", lock, key, rounds]. An answer is ["ok", value],
["set", sorted list] or ["error", class, text]. What JSON cannot tell apart is wrapped: {"float": "1.0"}, {"dict": [[key, value], ...]}.
"""
import json
import sys

import redis


def given(v):
    if isinstance(v, list):
        return [given(e) for e in v]
    if isinstance(v, dict):
        if "float" in v:
            return float(v["float"])
        if "dict" in v:
            return {given(k): given(e) for k, e in v["dict"]}
        return {k: given(e) for k, e in v.items()}
    return v


def told(v):
    if isinstance(v, bytes):
        return v.decode("latin-1")  # each byte becomes a character
    if isinstance(v, (set, frozenset)):
        return sorted(told(e) for e in v)
    if isinstance(v, (list, tuple)):
        return [told(e) for e in v]
    if isinstance(v, dict):
        return sorted([told(k), told(e)] for k, e in v.items())
    return v


class Driver:
    def __init__(self, port, db, encoding):
        self.client = redis.Redis(port=int(port), db=int(db), encoding=encoding)
        self.held = None

    def call(self, method, args, kwargs):
        return getattr(self.client, method)(*given(args), **given(kwargs))

    def new(self, name, kwargs):
        self.held = self.client.lock(name, **given(kwargs))

    def lock(self, method, args, kwargs):
        return getattr(self.held, method)(*given(args), **given(kwargs))

    def adopt(self, token):
        self.held.local.token = self.client.get_encoder().encode(token)

    def count(self, lock, key, rounds):
        """Adds one to a number in two steps, which only a lock makes safe."""
        for _ in range(rounds):
            with self.client.lock(lock, timeout=60, sleep=0.002):
                self.client.set(key, int(self.client.get(key) or 0) + 1)


def main():
    driver = Driver(*sys.argv[1:])
    print(json.dumps(["ok", redis.__version__]), flush=True)
    for line in sys.stdin:
        what, *args = json.loads(line)
        try:
            value = getattr(driver, what)(*args)
            answer = ["set" if isinstance(value, set) else "ok", told(value)]
        except Exception as e:
            answer = ["error", type(e).__name__, str(e)]
        print(json.dumps(answer), flush=True)


main()
