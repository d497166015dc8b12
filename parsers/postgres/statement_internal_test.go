package postgres

import (
	"fmt"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// BenchmarkText measures the reading of a text that has not been seen before, with what is kept and logged of it.
func BenchmarkText(b *testing.B) {
	p := &parser{config: defaults, call: new(call), server: server{lex: sql.Settings{Client: sql.EncodingUTF8, ServerUTF8: true, StandardStrings: true}}}
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
