// Package compile turns policies and endpoints into the resources that proxies enforce: NPDS policies, one for each
// endpoint, and NPHDS hosts, which bind addresses to identities.
//
// An endpoint is denied, in a direction, what no clause allows, as soon as a policy has clauses for that direction and
// selects it. A clause that denies wins over every clause that allows. A direction of an endpoint that no policy
// selects is denied unless a setting allows it. Prefixes select addresses outside of the known endpoints alone.
//
// Clauses that name peers are enforced by identity, those that deny too: a proxy that does not know the identity of an
// address, without NPHDS or a table, treats it as unknown.
//
// A change is compiled by itself: what it does not affect is not built again.
package compile
