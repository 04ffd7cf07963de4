# The commands of the repository. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test soak cover bench lint generate fuzz-smoke

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run examples/quickstart on an embedded server, or on REDIS_URL
	@go -C examples run ./quickstart

test: ## everything CI checks; installs a server when there is none (REDPOLL_SERVER=/path picks one)
	@scripts/test.sh

soak: ## ten minutes of mixed sizes, cuts, cancels and restarts: is all there, and does nothing grow? (SOAK=2m)
	go test -count=1 -v -timeout 0 -run '^TestSoak$$' ./tests/reliability -soak $(or $(SOAK),10m)

cover: ## run the tests without the race detector and print the coverage figure
	@scripts/cover.sh

bench: ## the size budget, then the comparison with other clients, under 5 minutes (BENCH=-quick: under one, without sizes)
	@case " $(BENCH) " in *" -quick "*) ;; *) go -C bench run ./size || echo "the size budget is broken: see above"; esac
	@go -C bench run . $(BENCH)

lint: ## formatting, vet, staticcheck, house rules
	@scripts/lint.sh

generate: ## write all generated code again
	go generate ./...

fuzz-smoke: ## run each fuzz target for a few seconds (FUZZTIME=10s)
	@scripts/fuzz-smoke.sh $(FUZZTIME)
