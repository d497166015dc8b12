package policyserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
)

// Actor is who asks for a change. Of a change that comes from the directory nothing is known.
type Actor struct {
	// Address is the network address, or the process at the other end of a Unix socket.
	Address string
	// Certificate is the name in the certificate that was shown, Token the name of the token; empty is none.
	Certificate, Token string
}

// fields are those of a line in the log; what is empty is left out.
func (a Actor) fields() logrus.Fields {
	fields := logrus.Fields{}
	for name, value := range map[string]string{"address": a.Address, "certificate": a.Certificate, "token": a.Token} {
		if value != "" {
			fields[name] = value
		}
	}
	return fields
}

const (
	// maxAudited is how many keys a line in the log names, maxAuditedKey the length of each, in bytes.
	maxAudited    = 20
	maxAuditedKey = 128
)

// audited says which items a change puts and which it deletes.
func audited[T any](fields logrus.Fields, kind string, changed map[string]*T) {
	var put, deleted []string
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		if changed[key] == nil {
			deleted = append(deleted, key)
		} else {
			put = append(put, key)
		}
	}
	for verb, keys := range map[string][]string{"put": put, "deleted": deleted} {
		if len(keys) > 0 {
			fields[verb+"_"+kind] = listOf(keys)
		}
	}
}

func listOf(keys []string) string {
	shown := make([]string, 0, maxAudited)
	for _, key := range keys[:min(len(keys), maxAudited)] {
		shown = append(shown, key[:min(len(key), maxAuditedKey)])
	}
	text := strings.Join(shown, " ")
	if more := len(keys) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
