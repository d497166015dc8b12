// Package serve runs a policy server with its listeners: HTTP for people and programs, discovery for proxies.
package serve
