// Package cnp reads policies in the form in which people write them: CiliumNetworkPolicy and
// CiliumClusterwideNetworkPolicy, in YAML or JSON, and the older JSON array of rules.
//
// Decoding is strict. What this package does not understand, or what could not be enforced, is refused with its
// line, its path and the reason, and never left out in silence.
package cnp
