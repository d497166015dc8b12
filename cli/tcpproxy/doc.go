// Package tcpproxy puts a parser between clients and a server without Envoy, for development: a plain TCP proxy around the
// stream engine. Verdicts are those of Envoy; what Envoy does beside the filter, such as TLS, stats and draining, is not
// here.
package tcpproxy
