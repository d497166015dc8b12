// Package sqllex cuts texts in SQL into tokens, for the readers of statements that parsers have.
//
// What all servers have in common is in [Lexer]: names, names in quotes, white space, and texts without their literals. In what a
// server differs is its [Dialect]: which bytes begin what, its comments, strings, numbers and operators. A dialect is one
// value, in files that begin with its name, such as [PostgreSQL].
//
// A dialect cuts as its server does. What the server refuses to cut may be refused or cut.
package sqllex
