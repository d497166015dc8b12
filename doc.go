// Package proxylib is the front page of a library that enforces policy on what clients say to databases, caches and other
// servers, inside a proxy that is there already. The package itself is empty.
//
// A parser follows one protocol, asks for each request whether the policy of the endpoint allows it, writes an entry of the
// access log, and lets denied requests be answered in the protocol's own words. The library runs in stock Envoy, as a dynamic
// module, and in Cilium's Envoy; tools and tests call it from plain Go. Policies are CiliumNetworkPolicy documents or
// resources of NPDS, and come from files or from a policy server, of which one is included.
//
// Where to look:
//
//   - [github.com/proxylib/proxylib/proxylib] is what the author of a parser uses, with
//     [github.com/proxylib/proxylib/parsertest] for the tests. docs/writing-a-parser.md is the tutorial.
//   - [github.com/proxylib/proxylib/parsers/all] imports the parsers that are included.
//   - [github.com/proxylib/proxylib/policy] compiles policies and decides requests.
//   - [github.com/proxylib/proxylib/accesslog] encodes and queues entries of the access log.
//   - [github.com/proxylib/proxylib/npds] brings policies from a server or a file.
//   - [github.com/proxylib/proxylib/policyserver] is the policy server, which the command proxylib runs.
//   - docs/architecture.md says which part may import which, and what they promise each other.
package proxylib
