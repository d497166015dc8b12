// Package boundary fuzzes what strangers hand to us from outside of a connection: requests to the policy server, policy
// files, and the hooks that a proxy calls.
package boundary
