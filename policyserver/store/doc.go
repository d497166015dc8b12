// Package store keeps what a policy server must not forget: policies, endpoints and the numbers of identities.
package store
