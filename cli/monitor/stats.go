package monitor

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

const (
	// maxCounted is how many texts of a kind are counted at once, such as keys; see [top].
	maxCounted = 1000
	// topShown is how many of them are shown, each cut to topWidth bytes.
	topShown, topWidth = 5, 48
)

// topFields are the fields whose values are counted, by what they are called in the table.
var topFields = []struct {
	kind   string
	fields []string
}{
	{"keys", []string{"key", "keys"}},
	{"tables", []string{"query_table", "table", "tables"}},
	{"files and channels", []string{"file", "channels", "topic", "topics"}},
	{"users", []string{"user"}},
}

// Kinds of what is counted beside fields.
const (
	kindClients = "clients"
	kindDenied  = "denied clients"
	kindReasons = "reasons of denials"
)

// Stats adds entries up. It belongs to one goroutine.
type Stats struct {
	// began is zero if entries of the past are added, of which the first and the last were made at these times.
	began, first, last time.Time

	all     parserStats
	parsers map[string]*parserStats
	lost    uint64
	tops    map[string]*top
	// entries are all so far, and seen those of the last call of Write, which was at.
	entries, seen uint64
	at            time.Time
	paint         paint
}

type parserStats struct {
	verdicts map[string]uint64
	latency  latency
}

func newParserStats() parserStats { return parserStats{verdicts: map[string]uint64{}} }

func (p *parserStats) add(e *traffic.Entry) {
	p.verdicts[e.Verdict()]++
	p.latency.add(e)
}

// NewStats returns statistics of nothing yet. Without a time, rates are those by which entries were made, otherwise those by which
// they come from now on.
func NewStats(now time.Time, colours bool) *Stats {
	return &Stats{
		began: now, at: now, all: newParserStats(), parsers: map[string]*parserStats{}, tops: map[string]*top{}, paint: newPaint(colours),
	}
}

// Add adds an entry.
func (s *Stats) Add(e *traffic.Entry) {
	verdict := e.Verdict()
	s.lost += e.Lost
	s.all.add(e)
	name := e.ParserName()
	p := s.parsers[name]
	if p == nil {
		if len(s.parsers) >= maxCounted {
			return
		}
		fresh := newParserStats()
		p = &fresh
		s.parsers[name] = p
	}
	p.add(e)
	if verdict == traffic.Reply {
		return
	}
	s.entries++
	s.date(e.At())
	client, _, _ := cutLast(e.Source, ":")
	s.count(kindClients, client)
	if verdict == traffic.Denied {
		s.count(kindDenied, client)
		s.count(kindReasons, e.Reason)
	}
	for _, t := range topFields {
		for _, field := range t.fields {
			if value := e.Fields[field]; value != "" {
				for one := range strings.SplitSeq(value, separator) {
					s.count(t.kind, one)
				}
			}
		}
	}
}

func (s *Stats) count(kind, text string) {
	if text == "" {
		return
	}
	if s.tops[kind] == nil {
		s.tops[kind] = &top{}
	}
	s.tops[kind].add(text)
}

// cutLast cuts a text at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// date notes when an entry was made, if that is known.
func (s *Stats) date(at time.Time) {
	if at.IsZero() {
		return
	}
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}

// rates says how many entries there are, and how many a second.
func (s *Stats) rates(now time.Time) string {
	if s.began.IsZero() {
		span := s.last.Sub(s.first)
		return fmt.Sprintf("%d entries of %v, on average %.0f a second", s.entries, span.Round(time.Millisecond), perSecond(s.entries, span))
	}
	since := now.Sub(s.began)
	return fmt.Sprintf("%d entries in %v, now %.0f a second, on average %.0f", s.entries, since.Round(time.Second),
		perSecond(s.entries-s.seen, now.Sub(s.at)), perSecond(s.entries, since))
}

func perSecond(n uint64, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return float64(n) / in.Seconds()
}

// Write writes a table, with the rate since the last one.
func (s *Stats) Write(to io.Writer, now time.Time) error {
	fmt.Fprintln(to, s.rates(now))
	s.at, s.seen = now, s.entries
	if s.lost > 0 {
		fmt.Fprintln(to, s.paint.alarm.Sprintf("%d entries were lost before they came here", s.lost))
	}
	fmt.Fprintln(to)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "PARSER\tALLOWED\tDENIED\tAUDITED\tCLOSED\tP50\tP99\t")
	for _, name := range slices.Sorted(maps.Keys(s.parsers)) {
		s.parsers[name].write(table, plain(name))
	}
	s.all.write(table, "all")
	if err := table.Flush(); err != nil {
		return err
	}
	for _, kind := range s.kinds() {
		if t := s.tops[kind]; t != nil {
			fmt.Fprintf(to, "\nTop %s\n", kind)
			for _, c := range t.first(topShown) {
				fmt.Fprintf(to, "%10d  %s\n", c.n, plain(c.text))
			}
		}
	}
	return nil
}

func (s *Stats) kinds() (kinds []string) {
	for _, t := range topFields {
		kinds = append(kinds, t.kind)
	}
	return append(kinds, kindClients, kindDenied, kindReasons)
}

func (p *parserStats) write(to io.Writer, name string) {
	fmt.Fprintf(to, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t\n", name, p.verdicts[traffic.Allowed], p.verdicts[traffic.Denied],
		p.verdicts[traffic.Audited], p.verdicts[traffic.Closed], p.latency.quantile(median), p.latency.quantile(slowest))
}

// counted is a text and how often it came.
type counted struct {
	text string
	n    uint64
}

// top counts the texts that come most often. Of more than [maxCounted] texts, the rarest makes place for a new one and leaves it
// its count, so that no count is too small, and those of frequent texts are nearly exact ("space saving", Metwally, Agrawal
// and El Abbadi, 2005).
type top struct{ counts map[string]uint64 }

func (t *top) add(text string) {
	if len(text) > topWidth {
		text = strings.ToValidUTF8(text[:topWidth], "") + "…"
	}
	if t.counts == nil {
		t.counts = map[string]uint64{}
	}
	if _, there := t.counts[text]; !there && len(t.counts) >= maxCounted {
		t.counts[text] = t.dropRarest()
	}
	t.counts[text]++
}

func (t *top) dropRarest() uint64 {
	rarest, n := "", ^uint64(0)
	for text, count := range t.counts {
		if count < n {
			rarest, n = text, count
		}
		if n == 1 {
			break
		}
	}
	delete(t.counts, rarest)
	return n
}

func (t *top) first(n int) []counted {
	var list []counted
	for text, count := range t.counts {
		list = append(list, counted{text, count})
	}
	slices.SortFunc(list, func(a, b counted) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.text, b.text)) })
	return list[:min(n, len(list))]
}
