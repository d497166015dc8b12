// Package judge asks Cassandra's own lexer and parser, in a Java process without a server, how they read CQL texts. It
// makes the texts, too.
package judge
