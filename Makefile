# The commands of this project. "make help" lists them.

GO        ?= go
TOOL      := $(GO) tool -modfile=tools/go.mod
PACKAGES  := ./...

.PHONY: help test lint generate clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

test: ## unit tests, with the race detector
	$(GO) test -race $(PACKAGES)

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these files' >&2; exit 1; }
	$(GO) vet $(PACKAGES)
	$(TOOL) staticcheck $(PACKAGES)

generate: ## make api/ anew from the .proto files
	$(GO) build -modfile=tools/go.mod -o build/tools/ google.golang.org/protobuf/cmd/protoc-gen-go
	PATH="$(CURDIR)/build/tools:$$PATH" $(TOOL) buf generate

clean: ## remove what was built
	rm -rf build
