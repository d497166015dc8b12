// Package decompile writes resources of NPDS as the documents that compile to them: the way back from package compile.
//
// An endpoint gets a document of its own, and labels: "identity" holds the number that its addresses have by NPHDS,
// "endpoint-id" its number for logs. A rule that names identities selects endpoints by the former, and whoever else has
// them by prefix. Names of rules become descriptions. What documents cannot say is refused with its path and the reason.
//
// It keeps every verdict, provided that identities come from NPHDS alone.
package decompile
