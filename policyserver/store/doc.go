// Package store stores what a policy server must not lose: policies, endpoints and the numbers of identities.
package store
