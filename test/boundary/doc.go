// Package boundary fuzzes input that does not come from a connection: requests to the policy server, policy
// files, and the hooks that a proxy calls.
package boundary
