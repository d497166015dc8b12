// Package wire is the codec kit for parsers: [Reader] reads the elements of a message, [Framing] and [VarintFraming] cut a
// stream into messages by the length in their headers, and [Lines] cuts it into lines.
//
// Everything here works on what one call of a parser's OnData is given, copies no input unless a message is scattered over
// several slices, and allocates nothing as long as there is no error. Lengths and numbers that an attacker may choose are
// checked before they are used; no input makes a function panic.
package wire
