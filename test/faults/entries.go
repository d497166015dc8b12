package faults

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strconv"

	"github.com/proxylib/proxylib/api/cilium"
)

// Entries counts the entries of an access log by type, and those that it reports as lost.
type Entries struct{ Requests, Denied, Responses, Lost int }

// Add returns the sum.
func (e Entries) Add(other Entries) Entries {
	return Entries{
		e.Requests + other.Requests, e.Denied + other.Denied, e.Responses + other.Responses, e.Lost + other.Lost,
	}
}

func (e Entries) lines() int { return e.Requests + e.Denied + e.Responses }

// Total counts them all.
func (e Entries) Total() int { return e.lines() + e.Lost }

// fit reports whether these can be the entries of that number of requests, and of replies between two bounds.
func (e Entries) fit(passed, denied, minResponses, maxResponses int) bool {
	least := passed + denied + minResponses
	return e.Total() >= least && e.Total() <= least+maxResponses-minResponses &&
		e.Requests <= passed && e.Denied <= denied && e.Responses <= maxResponses
}

// count adds an entry with the number of entries that were lost before it.
func (e *Entries) count(kind cilium.EntryType, lost int) {
	switch kind {
	case cilium.EntryType_Request:
		e.Requests++
	case cilium.EntryType_Denied:
		e.Denied++
	case cilium.EntryType_Response:
		e.Responses++
	}
	e.Lost += lost
}

var kinds = map[string]cilium.EntryType{
	"request": cilium.EntryType_Request, "denied": cilium.EntryType_Denied, "response": cilium.EntryType_Response,
}

// FileEntries counts the lines of a file. A line that is incomplete because the disk was full counts as lost.
func (s *Setup) FileEntries(path string) Entries {
	s.TB.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.TB.Fatal(err)
	}
	var all Entries
	for line := range bytes.Lines(text) {
		var entry struct {
			Type string
			Lost int
		}
		if json.Unmarshal(line, &entry) != nil {
			continue
		}
		kind, known := kinds[entry.Type]
		if entry.Type == "closed" {
			all.Lost += entry.Lost
			continue
		}
		if !known {
			s.TB.Fatalf("line %s is of no known type", line)
		}
		all.count(kind, entry.Lost)
	}
	return all
}

// LogEntries counts the lines of the file that [Setup.Settings] names.
func (s *Setup) LogEntries() Entries { return s.FileEntries(s.LogFile) }

var lostTotal = regexp.MustCompile(`delivered_total=(\d+) .*lost_total=(\d+)`)

// Reported reads, of Envoy's log, how many entries the library says to have delivered and lost.
func (s *Setup) Reported() (delivered, lost int) {
	s.TB.Helper()
	all := lostTotal.FindAllStringSubmatch(s.Proxy.Log(), -1)
	if len(all) == 0 {
		return 0, 0
	}
	last := all[len(all)-1]
	delivered, _ = strconv.Atoi(last[1])
	lost, _ = strconv.Atoi(last[2])
	return delivered, lost
}
