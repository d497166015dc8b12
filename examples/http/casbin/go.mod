module github.com/proxylib/proxylib/examples/http/casbin

go 1.26.0

toolchain go1.26.8

require (
	github.com/casbin/casbin/v3 v3.10.0
	github.com/proxylib/proxylib v0.0.0
)

require (
	github.com/bmatcuk/doublestar/v4 v4.6.1 // indirect
	github.com/casbin/govaluate v1.3.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/text v0.42.0 // indirect
)

replace github.com/proxylib/proxylib => ../../..
