# Broadsheet's commands. `make` alone lists them.

BIN := bin
# Modules of the workspace; the pattern "work" of the go command is all of them.
MODULES := $(shell go list -m -f '{{.Dir}}')

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the command-line tool and the four services into bin/
	go build -o $(BIN)/ broadsheet/cmd/broadsheet broadsheet/services/ingest/cmd/ingest broadsheet/services/parse/cmd/parse broadsheet/services/index/cmd/index broadsheet/services/console/cmd/console

.PHONY: up
up: ## run everything in one process, with the sample pages
	go run broadsheet/cmd/broadsheet up --demo

.PHONY: test
test: lint ## check the code and run all tests, with the race detector
	go test -race -timeout 8m work

.PHONY: lint
lint: $(BIN)/staticcheck ## formatting, vet, staticcheck
	@out=$$(gofmt -l $(MODULES)); test -z "$$out" || { echo "gofmt these files:"; echo "$$out"; exit 1; }
	go build work
	go vet work
	$(BIN)/staticcheck work

$(BIN)/staticcheck: tools/go.mod
	cd tools && GOWORK=off go build -o ../$(BIN)/staticcheck honnef.co/go/tools/cmd/staticcheck

.PHONY: modules
modules: ## check that every module stands on its own, without the workspace
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff && GOWORK=off go build ./...) || exit 1; done

.PHONY: elasticsearch
elasticsearch: ## start a real Elasticsearch, as the tests do, until Ctrl-C
	go run broadsheet/services/index/elastic/estest/cmd/elasticsearch

.PHONY: crash
crash: ## 20 rounds of kill -9 at random moments; every page counted afterwards
	BROADSHEET_CRASH_ROUNDS=20 go test -count=1 -timeout 30m -run Crash -v broadsheet/cmd/broadsheet/...

FUZZTIME := 20s
.PHONY: fuzz
fuzz: ## every fuzz test for FUZZTIME
	@for m in $(MODULES); do for f in $$(grep -rl --include='*_test.go' '^func Fuzz' $$m); do \
	  for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$name"; (cd $$(dirname $$f) && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) .) || exit 1; \
	  done; done; done

.PHONY: bench-index
bench-index: ## the writer to Elasticsearch against a bare loop of bulk requests
	go run broadsheet/services/index/elastic/bench

.PHONY: bench
bench: ## the figures of the README: throughput, latency, memory
	go run broadsheet/cmd/broadsheet/bench
