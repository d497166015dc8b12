package memcache

import "strings"

// readLog returns the request that an entry stands for. The log has the word that the client wrote, of which several may be
// one command to rules.
func readLog(entry map[string]string) []map[int][]string {
	request := map[int][]string{}
	for i := range commands {
		if commands[i].word == entry["command"] {
			request[fieldCommand] = wordsOf(commands[i].operations)
		}
	}
	if request[fieldCommand] == nil {
		request[fieldCommand] = []string{entry["command"]}
	}
	if keys := entry["keys"]; keys != "" {
		request[fieldKey] = strings.Split(keys, ", ")
	}
	return []map[int][]string{request}
}

// wordsOf returns the words of rules for a set.
func wordsOf(set operations) (names []string) {
	r := request{operations: set}
	for at := 0; ; {
		name, next := r.operation(at)
		names = append(names, name.String())
		if next == 0 {
			return names
		}
		at = next
	}
}
