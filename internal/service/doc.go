// Package service names the discovery services by which Cilium's proxies get their policies, once for clients, servers and
// the servers of tests.
package service
