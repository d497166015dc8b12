// Package httprule compiles the rules for HTTP of NPDS, and decides requests by them. Importing it makes them known to package
// policy under the name [policy.HTTP]; without it, rules for HTTP say nothing about any request.
//
// The meaning of a rule is that which Cilium's filter gives it. A rule matches if all of its conditions on headers hold and all of
// its header matches, which may change the request, say yes. What many rules say is compiled together: they are found by method
// and exact path in a hash, by the beginning of the path in a tree, and regular expressions that need none of their generality are
// compared as texts. A decision about a request that no rule changes allocates nothing.
package httprule
