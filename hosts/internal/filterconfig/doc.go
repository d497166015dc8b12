// Package filterconfig reads the configuration of a filter, which hosts in Envoy share: a JSON object with the parser, the
// policy, identities and limits. It needs neither files nor a network.
package filterconfig
