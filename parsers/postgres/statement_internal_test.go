package postgres

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// reading returns a parser that reads texts in UTF-8.
func reading() *parser {
	return &parser{config: defaults, call: new(call), server: server{lex: sql.Settings{Client: sql.EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 18}}}
}

// BenchmarkText measures the reading of a text that has not been seen before, with what is kept and logged of it.
func BenchmarkText(b *testing.B) {
	p := reading()
	texts := make([][]byte, 4096)
	for i := range texts {
		texts[i] = fmt.Appendf(nil, "SELECT id, name FROM public.item WHERE id = %d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if s := p.newStatement(texts[i%len(texts)]); s.unread != "" {
			b.Fatal(s.unread)
		}
	}
}

func TestATextThatIsNewAllocatesTwice(t *testing.T) {
	p, text := reading(), []byte("SELECT id, name FROM public.item WHERE id = 42")
	if n := testing.AllocsPerRun(100, func() { p.newStatement(text) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

// A client that prepares long texts must not make us keep more than is counted.
func TestAStatementTakesNoMoreThanItIsCountedFor(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for name, text := range map[string]string{
		"a long setting":      "SET search_path = '" + long + "'",
		"many settings":       strings.Repeat("SET search_path = '"+long[:1000]+"';", 200),
		"a long literal":      "SELECT '" + long + "' FROM public.item",
		"many tables":         "SELECT * FROM t" + strings.ReplaceAll(fmt.Sprintf("%0300d", 0), "0", " NATURAL JOIN x.y"),
		"what cannot be read": "SELECT " + long + " FROM FROM",
	} {
		t.Run(name, func(t *testing.T) {
			p := reading()
			p.newStatement([]byte(text))
			var kept [200]*statement
			before := heap()
			for i := range kept {
				kept[i] = p.newStatement([]byte(text))
			}
			taken, counted := int(heap()-before), 0
			for _, s := range kept {
				counted += s.cost()
			}
			if taken > counted+counted/4 {
				t.Errorf("%d bytes are taken, and %d counted", taken, counted)
			}
			runtime.KeepAlive(p)
		})
	}
}

// heap returns the number of bytes in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
