package accesslog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/api/cilium"
)

// Filter says which entries a reader gets. The zero value passes all.
type Filter struct {
	// Verdicts are those of the entries: "allowed", "denied", "audited", which is denied but for audit mode, and "closed" for the end
	// of a connection. Empty: all.
	Verdicts []string
	// Parsers are the names of the parsers. Empty: all.
	Parsers []string
	// Sample passes one in as many of the requests that are allowed, with the entries of their replies; 0 passes all.
	Sample uint64
	// Slow passes, of the requests that are allowed, those alone whose exchange has taken as long; 0 passes all. It is for
	// [Exchanges].
	Slow time.Duration
}

// PassesAll reports whether nothing is filtered out.
func (f *Filter) PassesAll() bool {
	return len(f.Verdicts)+len(f.Parsers) == 0 && f.Sample <= 1 && f.Slow == 0
}

// Verdicts of entries.
const (
	verdictAllowed = "allowed"
	verdictDenied  = "denied"
	verdictAudited = "audited"
	verdictClosed  = "closed"
)

var verdicts = []string{verdictAllowed, verdictDenied, verdictAudited, verdictClosed}

// Check returns an error if the filter cannot be meant so; kinds are those of the reader. It names the field and the cure.
func (f *Filter) Check(kinds Kinds) error {
	for _, v := range f.Verdicts {
		if !slices.Contains(verdicts, v) {
			return fmt.Errorf("verdicts: %q is unknown: give %s", v, strings.Join(verdicts, ", "))
		}
	}
	if f.Slow < 0 {
		return fmt.Errorf("slow: %v is out of range: give a time such as 50ms", f.Slow)
	}
	if f.Slow > 0 && kinds != Exchanges {
		return fmt.Errorf(`slow: only an entry of an exchange says how long it has taken: give "log": "exchange"`)
	}
	return nil
}

// ParseSample returns the number in a text such as "1/100"; an empty text is 0. The error says what to write.
func ParseSample(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	number, found := strings.CutPrefix(text, "1/")
	n, err := strconv.ParseUint(number, 10, 32)
	if !found || err != nil || n == 0 {
		return 0, fmt.Errorf("sample: %.32q is not a fraction: give one such as 1/100", text)
	}
	return n, nil
}

// Filtered is a [Logger] for one of several readers, who gets the entries of some kinds that a filter passes.
type Filtered struct {
	to     Logger
	kinds  Kinds
	filter Filter
	// sampled counts requests.
	sampled atomic.Uint64
}

// NewFiltered returns a logger that hands on what the reader wants. A request that is filtered out is not a lost entry.
func NewFiltered(to Logger, kinds Kinds, filter Filter) *Filtered {
	return &Filtered{to: to, kinds: kinds, filter: filter}
}

// Log implements [Logger].
func (f *Filtered) Log(e Entry) {
	if f.passes(&e) {
		f.to.Log(e)
	}
}

func (f *Filtered) passes(e *Entry) bool {
	if !e.For.WantedBy(f.kinds) {
		return false
	}
	if len(f.filter.Parsers) > 0 && !slices.Contains(f.filter.Parsers, e.Parser) {
		return false
	}
	verdict := e.verdict()
	if len(f.filter.Verdicts) > 0 && !slices.Contains(f.filter.Verdicts, verdict) {
		return false
	}
	return verdict != verdictAllowed || f.interesting(e)
}

func (e *Entry) verdict() string {
	switch {
	case e.Closed != nil:
		return verdictClosed
	case e.Audit:
		return verdictAudited
	case e.Type == cilium.EntryType_Denied:
		return verdictDenied
	}
	return verdictAllowed
}

// interesting reports whether an entry of what is allowed is slow enough, and in the sample.
func (f *Filtered) interesting(e *Entry) bool {
	if f.filter.Slow > 0 && (e.Exchange == nil || e.Exchange.Latency < uint64(f.filter.Slow)) {
		return false
	}
	n := f.filter.Sample
	switch {
	case n <= 1:
		return true
	case f.kinds&Requests != 0 && e.Request > 0:
		// The reply has an entry of its own, which goes with that of its request.
		return sampleOf(e)%n == 0
	}
	return f.sampled.Add(1)%n == 0
}

// sampleOf returns a number that is the same for the entries of a request, and spread over requests and connections.
func sampleOf(e *Entry) uint64 {
	x := e.Request
	if e.Flow != nil {
		x += e.Flow.connection * 0x9e3779b97f4a7c15
	}
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	return (x ^ x>>27) * 0x94d049bb133111eb >> 16
}

// Several is a [Logger] that hands each entry to several.
type Several []Logger

// Log implements [Logger].
func (s Several) Log(e Entry) {
	for _, l := range s {
		l.Log(e)
	}
}
