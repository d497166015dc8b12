# The commands of this project. "make help" lists them.

GO       ?= go
PACKAGES := ./...
TOOL     := $(GO) tool -modfile=tools/go.mod
GOFILES   = $$(git ls-files --cached --others --exclude-standard '*.go')

# The Envoy that the demo and the tests run in, and all that the library is tested in.
ENVOY  := 1.40.0
ENVOYS := 1.37.0 1.38.3 1.39.3 1.40.0

# The Cassandra that "make test" takes, and all that the parser is tested with.
CASSANDRA  := 5.0.9
CASSANDRAS := 4.1.10 5.0.9

E2E := $(GO) test -tags e2e -count=1 -timeout 20m ./test/e2e
ORACLE := $(GO) test -tags e2e -count=1 -timeout 24h ./test/oracle
E2E_CASSANDRA := $(GO) test -tags e2e -count=1 -timeout 20m ./test/cassandra -envoy $(ENVOY)

.PHONY: all help deps demo test e2e e2e-cassandra deps-cassandra oracle bench lint generate clean

all: ## build build/libproxylib.so and build/proxylib
	CGO_ENABLED=1 $(GO) build -trimpath -buildmode=c-shared -o build/libproxylib.so ./libproxylib
	$(GO) build -trimpath -o build/proxylib ./cmd/proxylib

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

deps: ## bring what the demo and the tests need: memcached, gcc, Envoy, clients
	@test/deps/install $(ENVOY)

deps-cassandra: ## bring what the tests of cassandra need besides: Java, Cassandra, its driver
	@test/deps/cassandra $(CASSANDRA)

demo: all deps ## watch requests pass and be denied in a real Envoy (HOLD=1: leave it running)
	@$(GO) run ./test/demo $(if $(HOLD),-hold)

test: all deps deps-cassandra ## unit tests with the race detector, the C host, and end to end in Envoy
	$(GO) test -race $(PACKAGES)
	$(E2E) -envoy $(ENVOY)
	$(ORACLE) -duration 10s
	$(E2E_CASSANDRA) -cassandra $(CASSANDRA) -duration 5s

e2e: all ## end to end in every Envoy that is supported
	@test/deps/install $(ENVOYS)
	set -e; for version in $(ENVOYS); do $(E2E) -envoy $$version; done

e2e-cassandra: all deps ## drivers and oracles with every Cassandra that is supported (DURATION=30s)
	@test/deps/cassandra $(CASSANDRAS)
	set -e; for version in $(CASSANDRAS); do \
		$(E2E_CASSANDRA) -cassandra $$version -duration $(or $(DURATION),30s); done

oracle: deps ## send hostile streams and ask real servers what they have done (DURATION=10m, SEED=)
	$(ORACLE) -v -duration $(or $(DURATION),1m) $(if $(SEED),-seed $(SEED)) $(if $(MEMCACHED),-memcached $(MEMCACHED))

bench: all ## measure, and print a table (COUNT=6: how often each is run)
	$(GO) test -run '^$$' -bench . -benchtime 0.2s -count $(or $(COUNT),3) $(PACKAGES) >build/bench.txt || \
		{ cat build/bench.txt; exit 1; }
	@$(GO) run ./test/benchtable <build/bench.txt

lint: ## gofmt, go vet, staticcheck, and whether api/ is what its .proto files make
	@test -z "$$(gofmt -l $(GOFILES))" || { gofmt -l $(GOFILES); echo 'run gofmt -w on these files' >&2; exit 1; }
	$(GO) vet -tags e2e $(PACKAGES)
	$(TOOL) staticcheck -tags e2e $(PACKAGES)
	@rm -rf build/.generated && mkdir -p build/.generated
	@$(MAKE) --no-print-directory generate INTO=build/.generated
	@diff -r --exclude='*.proto' build/.generated/api api || { echo 'run make generate' >&2; exit 1; }

generate: ## make api/ anew from the .proto files
	$(GO) build -modfile=tools/go.mod -o build/tools/ google.golang.org/protobuf/cmd/protoc-gen-go
	PATH="$(CURDIR)/build/tools:$$PATH" $(TOOL) buf generate --output $(or $(INTO),.)

clean: ## remove what was built
	rm -rf build
