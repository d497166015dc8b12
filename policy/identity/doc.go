// Package identity holds the endpoints of a network and the numbers of their identities.
//
// All endpoints that carry the same labels have the same identity, a number that NPDS rules name and NPHDS resources
// bind to addresses. Prefixes that policies name have identities too. A number is given once and never to another.
package identity
