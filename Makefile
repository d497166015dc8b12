# The commands of this project. "make help" lists them.

GO      ?= go
TOOL    := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
FILES    = git ls-files --cached --others --exclude-standard

# The folders of our Go modules. The last ones need many modules of others, so "make check" leaves them out.
MODULE_DIRS := . test test/compat test/manifests examples/extauthz examples/http/casbin

# Texts that people read, for spelling and words.
TEXTS = $(FILES) | grep -E '\.(go|md|c|h|sh|ya?ml|toml|py|rs|java)$$|^Makefile$$|^\.ci/|^test/deps/[a-z-]*$$' | grep -v '/testdata/\|^tools/words/'

# The Envoy that the demo and the tests run in, and all that the library is tested in.
ENVOY  := 1.40.0
ENVOYS := 1.37.0 1.38.3 1.39.3 1.40.0

# Those that the Proxy-Wasm plugin is tested in. The build of 1.38.3 that the tests take has no V8.
WASM_ENVOYS := 1.38.2 1.39.3 1.40.0

# The Cassandra that "make test" takes, and all that the parser is tested with.
CASSANDRA  := 5.0.9
CASSANDRAS := 4.1.10 5.0.9

VULNDB := $(or $(GOVULNDB),https://vuln.go.dev)

E2E := $(GO) test -C test -tags e2e -count=1 -timeout 20m ./e2e
E2E_CASSANDRA := $(GO) test -C test -tags e2e -count=1 -timeout 40m ./cassandra -envoy $(ENVOY)
E2E_REDIS := $(GO) test -C test -tags e2e -count=1 -timeout 60m ./redis -envoy $(ENVOY)
JUDGE := $(GO) test -tags e2e -count=1 -timeout 24h -run Server ./parsers/cassandra/cql
E2E_POSTGRES := $(GO) test -C test -tags e2e -count=1 -timeout 24h ./postgres
TRAFFIC_POSTGRES := $(GO) test -C test -tags e2e -count=1 -timeout 20m ./postgres/traffic -envoy $(ENVOY)
ORACLE := $(GO) test -C test -tags e2e -count=1 -timeout 24h ./oracle
HTTP_FILTERS := $(GO) test -C test -tags e2e -count=1 -timeout 10m ./httpfilters
WASM := $(GO) test -C test -tags e2e -count=1 -timeout 20m ./wasm
# Tests of faults that see what differs between versions of Envoy: how the library's health comes into its stats, and listeners that
# are updated.
FAULTS_BY_ENVOY := Limit|HoldMoreThan|FullQueue|Listener|Panics|EnvoysStats
FAULTS := $(GO) test -C test -tags e2e -count=1 -timeout 20m ./faults
SOAK := $(GO) test -C test -tags e2e -count=1 -timeout 0 ./soak

# The packages of other modules that are in what we build, for a template of go list.
SHIPPED := ./libproxylib ./cmd/proxylib
MODULES  = $(GO) list -deps -f '{{with .Module}}{{if .Version}}$(1){{end}}{{end}}' $(SHIPPED) | LC_ALL=C sort -u

# Version and commit are in what is built, wherever git knows them.
STAMPED := -trimpath -buildvcs=auto

.PHONY: all wasm help dist release deps demo check test e2e e2e-wasm e2e-cassandra deps-cassandra e2e-redis e2e-postgres judge oracle faults compat soak race \
	fuzz bench peer profile load load-http cover fmt lint vulncheck licenses sbom reproducible generate clean

all: ## build build/libproxylib.so and build/proxylib
	$(GO) build $(STAMPED) -o build/proxylib ./cmd/proxylib
	CGO_ENABLED=1 $(GO) build $(STAMPED) -ldflags "$$(build/proxylib parsers --ldflags)" -buildmode=c-shared \
		-o build/libproxylib.so ./libproxylib

wasm: ## build build/proxylib.wasm, the Proxy-Wasm plugin
	$(GO) run ./cmd/proxylib build --wasm --source $(CURDIR) -o build/proxylib.wasm

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

deps: ## bring what the demo and the tests need: memcached, gcc, Envoy, clients
	@test/deps/install $(ENVOY)

# The version of what is released, the C library that the library is linked for, and the tests of the C host that call all
# functions of the library, for another processor.
VERSION       ?= 0.0.0-dev
RELEASE_GLIBC := 2.28
FOREIGN_TESTS := Transcripts|Threads|Measured|MustNotMake|Entries|Without|EqualParameters|Outcome

dist: ## make a release in build/dist: archives, packages, image, SBOM, checksums (VERSION=1.2.3)
	zig=$$(test/deps/zig) && $(GO) run -C tools/dist . -version $(VERSION) -source $(CURDIR) -into $(CURDIR)/build/dist \
		-binaries $(CURDIR)/build/release -zig $$zig -glibc $(RELEASE_GLIBC)

release: deps dist ## make a release and try it: in Envoy, in a clean Debian, as an image, for arm64 (as root; VERSION=1.2.3)
	debian=$$(test/deps/release) && $(GO) test -C test -tags e2e -count=1 ./release -envoy $(ENVOY) -glibc $(RELEASE_GLIBC) \
		-release $(VERSION) -debian $$debian
	zig=$$(test/deps/zig) && $(GO) test -C test -count=1 ./chost -run '$(FOREIGN_TESTS)' \
		-library $(CURDIR)/build/release/linux-arm64/libproxylib.so -cc "$$zig cc -target aarch64-linux-gnu.2.33" \
		-emulator 'qemu-aarch64-static -L /usr/aarch64-linux-gnu'

deps-cassandra: ## bring what the tests of cassandra need besides: Java, Cassandra, its drivers
	@test/deps/cassandra $(CASSANDRA)

demo: demo-begins deps all ## watch requests pass and be denied in a real Envoy (HOLD=1: leave it running)
	@$(GO) run -C test ./demo $(if $(HOLD),-hold)

.PHONY: demo-begins
demo-begins:
	@echo 'The demo takes about ten seconds; the first time one or two minutes, as Envoy is downloaded and the library is built.'

test: deps deps-cassandra all wasm ## unit tests with the race detector, the C host, and end to end in Envoy
	$(GO) test -race ./...
	$(GO) test -C test -race ./...
	$(GO) test -C test -count=1 ./docs ./architecture
	$(GO) test -C tools ./...
	$(GO) test -C tools/dist ./...
	$(GO) test -C examples/extauthz -race ./...
	$(GO) test -C examples/http/casbin -race ./...
	$(GO) test -run 'AllocatesNothing|AllocateNothing' ./accesslog/... ./hosts/... ./parsers/... ./policy/...
	$(E2E) -envoy $(ENVOY) -skip RustClient
	$(HTTP_FILTERS) -envoy $(ENVOY) -skip OutOfTree
	$(WASM) -envoy $(ENVOY) -skip "UnderLoad|Replaced|NeverReads|Soak"
	$(E2E) -envoy $(ENVOY) -plugin -run '$(PLUGIN_SCENARIOS)'
	$(GO) test -tags e2e -count=1 -run 'Transcripts|InC|Work' ./hosts/internal/wasmfile
	$(GO) test -C test -tags e2e -count=1 ./demo -envoy $(ENVOY)
	$(GO) test -C test -tags e2e -count=1 -timeout 20m ./newcomer -envoy $(ENVOY)
	@test/deps/page
	$(GO) test -C test -tags e2e -count=1 -timeout 10m ./page ./metrics
	$(FAULTS) -envoy $(ENVOY)
	$(ORACLE) -duration 5s -skip '/behind_its_proxy|InAnyMode' -old-memcached $$(test/deps/memcached bullseye) \
		-postgres $$(test/deps/postgres | cut -d, -f1)
	$(GO) test -C test/compat -count=1 .
	$(GO) test -C test/manifests -count=1 .
	$(JUDGE) -cassandra $(CASSANDRA)
	$(E2E_CASSANDRA) -cassandra $(CASSANDRA) -duration 5s
	$(E2E_REDIS) -servers $$(test/deps/redis) -old "$$(test/deps/redis old)" -suites $$(test/deps/redis-suite)
	$(E2E_POSTGRES) -servers $$(test/deps/postgres all) -suites $$(test/deps/postgres-suite bookworm 15)
	@test/deps/postgres-clients
	$(TRAFFIC_POSTGRES) -run 'Restricted|Pgbench'

e2e: ## end to end in every Envoy that is supported
	@test/deps/install $(ENVOYS)
	@$(MAKE) --no-print-directory all
	set -e; client=$$(test/deps/rust); for version in $(ENVOYS); do $(E2E) -envoy $$version -rust-client $$client; \
		$(HTTP_FILTERS) -envoy $$version; $(FAULTS) -envoy $$version -run '$(FAULTS_BY_ENVOY)'; done

# The scenarios that "make test" runs with the plugin, too, one after another in one Envoy.
PLUGIN_SCENARIOS := Gomemcache|MetaClient|NeedsNoFileAndNoAddress|NobodyAskedFor|EndsInsideARequest|LeavesTheConnectionUsable|InTheirOrder|ObserveRedis|LiveConnections|MayComeLate|IdentitiesOf|EndOfEachDirection

e2e-wasm: all wasm deps-cassandra ## the Proxy-Wasm plugin in every Envoy that it is tested in
	@test/deps/install $(WASM_ENVOYS)
	set -e; client=$$(test/deps/rust); for version in $(WASM_ENVOYS); do $(WASM) -envoy $$version; \
		$(E2E) -envoy $$version -plugin -rust-client $$client; \
		$(E2E_CASSANDRA) -envoy $$version -cassandra $(CASSANDRA) -run WasmPlugin; done

e2e-cassandra: deps all ## drivers and oracles with every Cassandra that is supported (DURATION=30s)
	@test/deps/cassandra $(CASSANDRAS)
	@test/deps/cassandra-drivers
	set -e; for version in $(CASSANDRAS); do \
		$(E2E_CASSANDRA) -drivers -cassandra $$version -duration $(or $(DURATION),30s); done

# The tests of Redis that are about what a client sees, and that can be run against a server which they have not started.
REDIS_UNITS := $(addprefix unit/,dump protocol keyspace scan type/string type/incr type/list type/list-2 type/list-3 type/set \
	type/zset type/hash type/stream type/stream-cgroups sort expire other multi quit latency-monitor pubsub slowlog scripting functions \
	introspection introspection-2 bitops bitfield geo hyperloglog lazyfree pause querybuf replybufsize tracking info-command)

e2e-redis: deps all ## Redis' own tests, its permissions and clients, with the newest Redis as well (REQUESTS=1000000)
	@test/deps/redis-clients
	$(E2E_REDIS) -v -servers $$(test/deps/redis newest) -old "$$(test/deps/redis old)" \
		-suites $$(test/deps/redis-suite),$$(test/deps/redis-suite sid) -units '$(REDIS_UNITS)' -requests $(or $(REQUESTS),1000000) -drivers

e2e-postgres: deps all ## clients of PostgreSQL through Envoy, with every server that is supported
	@test/deps/postgres-clients all
	$(TRAFFIC_POSTGRES) -v -drivers -servers $$(test/deps/postgres) -pgbouncer $$(test/deps/pgbouncer) -h2 $$(test/deps/h2) \
		-pglite $$(test/deps/pglite)

HUNT = $(if $(STREAMS),-streams $(STREAMS),-duration $(or $(DURATION),1m)) $(if $(SEED),-seed $(SEED))
judge: ## have the parsers of Cassandra and PostgreSQL read statements beside ours (TEXTS=10000000)
	@test/deps/cassandra $(CASSANDRAS)
	set -e; for version in $(CASSANDRAS); do \
		$(JUDGE) -v -cassandra $$version -texts $(or $(TEXTS),10000000); done
	@test/deps/postgres-orms
	$(E2E_POSTGRES) -v -run ProgramsSend -capture all -servers $$(test/deps/postgres) -judges $$(test/deps/postgres-judges)
	$(E2E_POSTGRES) -v -run Finds -mutations $(or $(TEXTS),10000000) -judges $$(test/deps/postgres-judges) \
		-suites $$(test/deps/postgres-suite bookworm 15),$$(test/deps/postgres-suite sid 18)

oracle: deps ## send hostile streams and ask servers what they have done (DURATION=10m or STREAMS=1000000, SEED=)
	$(ORACLE) -v $(HUNT) -skip /behind_its_proxy -redis $$(test/deps/redis newest),$$(test/deps/redis old) -postgres $$(test/deps/postgres) \
		-pgbouncer $$(test/deps/pgbouncer) -pglite $$(test/deps/pglite)
	$(ORACLE) -v $(HUNT) -run 'Memcached|Hidden' -memcached $$(test/deps/memcached sid) \
		-old-memcached $$(test/deps/memcached bullseye) -proxying-memcached $$(test/deps/memcached sid)
	@test/deps/cassandra $(CASSANDRAS)
	set -e; for version in $(CASSANDRAS); do $(E2E_CASSANDRA) -v -cassandra $$version -run Forbidden -timeout 24h \
		-duration $(or $(DURATION),1m) $(if $(SEED),-seed $(SEED)); done

faults: deps all ## break what stands around a loaded Envoy, and require that all who count agree
	$(FAULTS) -v -envoy $(ENVOY)

compat: ## beside Cilium's API types, its library and its agent's policy server; test/compat/go.mod names the versions
	$(GO) test -C test/compat -count=1 -v .

soak: deps all wasm ## load Envoy for long and watch its memory; a million connections besides (HOURS=0.0167, DEPARTURES=100000)
	$(SOAK) -v -envoy $(ENVOY) $(if $(HOURS),-duration $(HOURS)h)
	$(WASM) -v -envoy $(ENVOY) -timeout 0 -run Soak -duration $(or $(HOURS),0.0167)h
	$(HTTP_FILTERS) -v -envoy $(ENVOY) -run GoAway -departures $(or $(DEPARTURES),100000)
	$(HTTP_FILTERS) -v -envoy $(ENVOY) -run EverythingIsReplaced -timeout 0 -soak $(if $(HOURS),$(HOURS)h,1m)

# The race detector knows a part of the address space alone, in which a library lies only if it asks for that and the
# loader listens.
race: deps all ## the library with Go's race detector, in the C host and in Envoy, with many threads
	CGO_ENABLED=1 $(GO) build -C test -race -trimpath -buildmode=c-shared \
		-ldflags '-extldflags=-Wl,-Ttext-segment=0x10000000' -o $(CURDIR)/build/race/libproxylib.so ./faulty
	$(GO) test -C test -tags e2e -count=1 -timeout 20m ./chost -v -run 'TestTheRaceDetector'
	LD_USE_LOAD_BIAS=1 $(FAULTS) -v -envoy $(ENVOY) -library $(CURDIR)/build/race -run \
		'Killed|Garbage|Signals|Drained|Limit|Listener|Stats|Panics|HalfThere|EndsInTheMiddle'
	LD_USE_LOAD_BIAS=1 $(HTTP_FILTERS) -v -envoy $(ENVOY) -racing -skip OutOfTree

# A target that is at work when its time is over may end as failed. A real finding has been kept under testdata, and
# fails the second run as well.
fuzz: ## run all fuzz targets in turn (TIME=1m: for how long each)
	@set -e; for package in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		list=$$($(GO) test -C $$package -list '^Fuzz' .); \
		for target in $$(echo "$$list" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			run="$(GO) test -C $$package -run ^$$ -fuzz ^$$target$$ -fuzztime $(or $(TIME),1m) -fuzzminimizetime 1s ."; \
			$$run || $$run; \
		done; \
	done

bench: deps all ## measure code, C host and Envoy, and print tables (COUNT=6: how often each benchmark is run)
	@rm -f build/bench.txt
	for module in $(MODULE_DIRS); do \
		$(GO) test -C $$module -run '^$$' -bench . -benchtime 0.2s -count $(or $(COUNT),3) ./... >>build/bench.txt || \
			{ cat build/bench.txt; exit 1; }; \
	done
	@$(GO) run -C test ./benchtable <build/bench.txt
	@$(MAKE) --no-print-directory load SECONDS=$(or $(SECONDS),0.4) ROUNDS=$(or $(ROUNDS),3) $(if $(ROW),ROW=$(ROW))
	@$(MAKE) --no-print-directory load-http SECONDS=$(or $(SECONDS),0.4) ROUNDS=$(or $(ROUNDS),3)

peer: ## measure our library and Cilium's in turns, and print how many times as long that takes (TIME=0.5s, COUNT=3)
	@mkdir -p build
	$(GO) test -C test/compat -run '^$$' -bench Peer -benchtime $(or $(TIME),0.5s) -count $(or $(COUNT),3) . >build/peer.txt || \
		{ cat build/peer.txt; exit 1; }
	@$(GO) run -C test ./benchtable <build/peer.txt

profile: ## measure libproxylib/default.pgo again, the profile by which the compiler optimises
	@mkdir -p build/profiles
	rm -f build/profiles/*.cpu
	for run in parsers/memcache:4 parsers/cassandra:4 parsers/r2d2:20 parsers/redis:4 parsers/postgres:4 hosts/cilium:4; do \
		package=$${run%:*}; name=$$(basename $$package); $(GO) test -run '^$$' -bench . -count $${run#*:} \
			-cpuprofile build/profiles/$$name.cpu -o build/profiles/$$name.test ./$$package || exit; done
	$(GO) tool pprof -proto build/profiles/*.cpu >libproxylib/default.pgo

load: deps all wasm ## load a real Envoy with and without the filter, and print a table (SECONDS=2, ROUNDS=5, ROW=, ARGS=)
	@test/deps/postgres-clients
	@$(GO) run -C test ./load -envoy $(ENVOY) $(if $(SECONDS),-seconds $(SECONDS)) $(if $(ROUNDS),-rounds $(ROUNDS)) \
		$(if $(ROW),-row $(ROW)) $(ARGS)

load-http: deps ## load the HTTP filters, Envoy's router and its rbac filter in alternation, by h2load (SECONDS=0.5, ROUNDS=9, ARGS=-http2)
	@$(GO) run -C test ./load/http -envoy $(ENVOY) $(if $(SECONDS),-seconds $(SECONDS)) $(if $(ROUNDS),-rounds $(ROUNDS)) $(ARGS)

check: gofmt words sizes ## the inner loop: formatting, vet, staticcheck, unit tests; a minute, no network, nothing to install
	set -e; for module in . test; do (cd $$module && $(GO) vet -tags e2e ./... && $(TOOL) staticcheck -tags e2e ./...); done
	$(GO) test ./...
	$(GO) test -C test -count=1 ./architecture
	$(GO) test -C test -run SecurityMD ./faults
	$(GO) test -C tools ./...

cover: ## run the unit tests and print how much of each package they cover; build/cover.html shows the lines
	@mkdir -p build
	@$(GO) test -coverprofile=build/cover.out -coverpkg=./... ./... >build/cover.txt || { cat build/cover.txt; exit 1; }
	@$(GO) tool cover -html=build/cover.out -o build/cover.html
	@$(GO) tool cover -func=build/cover.out | tail -1

.PHONY: docs
docs: ## render the documentation to build/docs
	@test/deps/docs
	rm -rf build/docs build/docs-source && mkdir -p build/docs-source
	$(FILES) | grep -E '\.(md|ya?ml|txt)$$|^LICENSE$$' | grep -v '^test/deps/\|^mkdocs.yml$$' | xargs cp --parents -t build/docs-source
	PYTHONPATH=build/docs-python python3 -m mkdocs build --quiet --strict

fmt: ## bring the Go and C sources to the form that "make lint" requires
	gofmt -w $$($(FILES) '*.go')
	$$(test/deps/clang-format) -i $$($(FILES) '*.c' '*.h')

.PHONY: gofmt words sizes
# What is built does not belong among the sources, of which none is longer.
sizes:
	@large=$$($(FILES) | xargs -d '\n' ls -d 2>/dev/null | xargs -d '\n' -I{} find {} -maxdepth 0 -size +400k); \
		test -z "$$large" || { echo "$$large"; echo 'larger than a source: leave it out of git, or split it' >&2; exit 1; }

gofmt:
	@unformatted=$$(gofmt -l $$($(FILES) '*.go')); test -z "$$unformatted" || { echo "$$unformatted"; echo 'run make fmt' >&2; exit 1; }

words:
	@$(TOOL) misspell -error $$($(TEXTS))
	@$(GO) build -C tools -o $(CURDIR)/build/tools/words ./words
	@build/tools/words $$($(TEXTS))

lint: gofmt words sizes ## all static checks: formatting, vet, staticcheck, revive, words, licences, api/; vulncheck if it can be
	set -e; for module in $(MODULE_DIRS) tools/dist; do (cd $$module && $(GO) vet -tags e2e ./... && \
		$(TOOL) staticcheck -tags e2e ./... && \
		$(TOOL) revive -config $(CURDIR)/revive.toml -exclude ./build/... -exclude ./compat/... -exclude ./manifests/... ./...); done
	$$(test/deps/clang-format) --dry-run --Werror $$($(FILES) '*.c' '*.h')
	@$(MAKE) --no-print-directory licenses >/dev/null
	@rm -rf build/.generated && mkdir -p build/.generated
	@$(MAKE) --no-print-directory generate INTO=build/.generated
	@diff -r --exclude='*.proto' --exclude=announced.go --exclude=doc.go build/.generated/api api || { echo 'run make generate' >&2; exit 1; }
	@if curl -fsS -m 10 -o build/.vulndb $(VULNDB)/index/db.json 2>build/.vulndb; then \
		$(MAKE) --no-print-directory vulncheck; \
	else echo "no check for known vulnerabilities: $(VULNDB) cannot be reached" >&2; fi

vulncheck: ## ask the database of Go's vulnerabilities for what we call (needs vuln.go.dev)
	$(TOOL) govulncheck ./...

licenses: ## list the licences of what is built in, and refuse unknown ones
	@set -e; $(call MODULES,{{.Path}} {{.Version}} {{.Dir}}) | while read -r path version dir; do \
		case $$(cat "$$dir"/LICENSE* "$$dir"/COPYING* 2>/dev/null | tr '\n' ' ') in \
		*'GENERAL PUBLIC LICENSE'*) license=GPL; refused=1;; \
		*'Apache License'*'Version 2.0'*) license=Apache-2.0;; \
		*'Redistribution and use in source and binary forms'*) license=BSD;; \
		*'Permission is hereby granted, free of charge'*) license=MIT;; \
		*) license=unknown; refused=1;; \
		esac; \
		echo "$$license	$$path $$version"; \
		[ -z "$$refused" ] || { echo "$$path: look at its licence, or do without it" >&2; exit 1; }; \
	done

sbom: dist ## write build/sbom.cdx.json: the modules in what we build, in CycloneDX's form
	cp build/dist/proxylib-$(VERSION).cdx.json build/sbom.cdx.json

reproducible: ## make a release twice, in two folders and without a cache, and compare
	@set -e; rm -rf build/.first build/.second; trap 'chmod -R u+w build/.first build/.second; \
		rm -rf build/.first build/.second' EXIT; \
	for copy in .first .second/deeper; do \
		mkdir -p build/$$copy; \
		git ls-files -z --cached --others --exclude-standard | tar c --null -T - | tar x -C build/$$copy; \
		cache=$(CURDIR)/build/$$copy/cache; \
		GOCACHE=$$cache/go ZIG_GLOBAL_CACHE_DIR=$$cache/zig $(MAKE) --no-print-directory -C build/$$copy dist; \
	done; \
	cat build/.first/build/dist/SHA256SUMS; \
	diff build/.first/build/dist/SHA256SUMS build/.second/deeper/build/dist/SHA256SUMS

generate: ## generate api/ from the .proto files, and the reference in docs from the code
	$(GO) run -C test ./docs/generate $(CURDIR) $(CURDIR)/$(INTO)
	$(GO) build -modfile=tools/go.mod -o build/tools/ google.golang.org/protobuf/cmd/protoc-gen-go
	PATH="$(CURDIR)/build/tools:$$PATH" $(TOOL) buf generate --output $(or $(INTO),.)

clean: ## remove what was built
	rm -rf build
