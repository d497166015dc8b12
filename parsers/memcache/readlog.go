package memcache

import "strings"

// readLog returns the request that an entry stands for. The log has the word that the client wrote, of which several may be
// one command to rules.
func readLog(entry map[string]string) []map[int][]string {
	request := map[int][]string{fieldCommand: {entry["command"]}}
	if i, known := find([]byte(entry["command"])); known {
		request[fieldCommand] = commands[i].operations.names()
	}
	if keys := entry["keys"]; keys != "" {
		request[fieldKey] = strings.Split(keys, ", ")
	}
	return []map[int][]string{request}
}
