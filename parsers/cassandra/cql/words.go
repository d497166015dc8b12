package cql

// reservedWords are the words that no server takes as names unless they are quoted. They are the same in Cassandra 4.1 and
// 5.0, which reserve DESC, DESCRIBE and EXECUTE too; ScyllaDB does not.
var reservedWords = [...]string{
	"ADD", "ALLOW", "ALTER", "AND", "APPLY", "ASC", "AUTHORIZE", "BATCH", "BEGIN", "BY", "COLUMNFAMILY", "CREATE",
	"DELETE", "DROP", "ENTRIES", "FALSE", "FROM", "FULL", "GRANT", "IF", "IN", "INDEX",
	"INFINITY", "INSERT", "INTO", "IS", "KEYSPACE", "LIMIT", "MATERIALIZED", "MODIFY", "NAN", "NORECURSIVE", "NOT",
	"NULL", "OF", "ON", "OR", "ORDER", "PRIMARY", "RENAME", "REVOKE", "SCHEMA", "SELECT", "SET", "TABLE", "TO", "TOKEN",
	"TRUE", "TRUNCATE", "UNLOGGED", "UPDATE", "USE", "USING", "VIEW", "WHERE", "WITH",
}

// maxReserved is the length of the longest reserved word.
const maxReserved = len("MATERIALIZED")

// reservedBy holds the reserved words by their first letter, in any case, and their length.
var reservedBy = func() (table [32][maxReserved + 1][]string) {
	for _, word := range reservedWords {
		words := &table[word[0]%32][len(word)]
		*words = append(*words, word)
	}
	return table
}()

// isReserved reports whether the token, a word, cannot be a name.
func (l *lexer) isReserved() bool {
	length := l.pos - l.from
	if length > maxReserved {
		return false
	}
	for _, word := range reservedBy[l.text[l.from]%32][length] {
		if l.isWord(word) {
			return true
		}
	}
	return false
}
