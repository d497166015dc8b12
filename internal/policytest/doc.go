// Package policytest holds a policy that is refused, and the one form of the reason, which every place shows that speaks of
// it.
package policytest
