// Package policy compiles the network policies that NPDS delivers into immutable snapshots, and decides requests.
//
// The meaning of a policy is that of the resource cilium.NetworkPolicy: a flow is looked up by the endpoint's IP
// address, the direction and the destination port; the rules of every port entry that covers the port apply, those of
// higher precedence first, inside one precedence deny before allow before pass. What no rule allows is denied.
package policy
