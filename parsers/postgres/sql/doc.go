// Package sql finds out what statements in SQL do to which objects, as PostgreSQL 15 to 18 read them.
//
// The lexer, package sqllex, cuts texts as the server does. Statements are read only as far as is needed to know their objects with
// certainty, so that what is read may still be refused by a server: for a clause out of order, for example, or a table
// that does not exist. What a server takes and this package cannot read is an error. The other side of it: whatever a server
// takes and this package reads has no more tables, and calls no more functions by name, than the package finds.
// README.md says what that does not cover.
//
// PostgreSQL reads a whole text before it executes anything of it, so that a text that it refuses has no effect.
package sql
