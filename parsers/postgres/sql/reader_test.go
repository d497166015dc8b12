package sql

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/parsers/internal/sqllex"
)

func TestSettingsDecideWhatIsRead(t *testing.T) {
	utf8, ascii := Settings{Client: EncodingUTF8, StandardStrings: true, Version: 18}, Settings{Client: EncodingASCII, StandardStrings: true, Version: 18}
	escapes := Settings{Client: EncodingUTF8, ServerUTF8: true, Version: 18}
	var r Reader
	for _, c := range []struct {
		text string
		set  Settings
		want Reason
	}{
		{"select 1", Settings{Version: 18}, ReasonEncoding},
		{"select 1", Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true}, ReasonServer},
		{"select 1", Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 9}, ReasonServer},
		{"select 1", Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 10}, ""},
		{"select '\x81' '\\'", Settings{Client: EncodingMixed, StandardStrings: true, Version: 18}, ReasonEncoding},
		{"select '\xe9'", ascii, ""},
		{"select 1 from \xe9", ascii, sqllex.ReasonLetter},
		{"select 1 from \"\xe9\"", ascii, sqllex.ReasonLetter},
		{"select 1 from U&\"\\00e9\"", ascii, sqllex.ReasonName},
		{"select 'é' from \"É\"", utf8, ""},
		{"select 1 from É", utf8, sqllex.ReasonLetter},
		{"select 1 from É", known, ""},
		{"select 'a\\' from t", known, ""},
		{"select 'a\\' from t", escapes, sqllex.ReasonBackslash},
		{"select 'a' from t", escapes, ""},
		{"select N'a\\' from t", escapes, sqllex.ReasonBackslash},
		{"select U&'a' from t", escapes, sqllex.ReasonBackslash},
		{"select 'a'\n'b\\' from t", escapes, sqllex.ReasonBackslash},
		{"select E'a\\'', $$\\$$ from t", escapes, ""},
	} {
		err, got := r.Read([]byte(c.text), c.set), Reason("")
		var e *Error
		if errors.As(err, &e) {
			got = e.Reason
		}
		if got != c.want {
			t.Errorf("%q with %+v: %q, want %q", c.text, c.set, got, c.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	for name, want := range map[string]Encoding{
		"UTF8": EncodingUTF8, "utf-8": EncodingUTF8, "Unicode": EncodingUTF8, "SQL_ASCII": EncodingASCII, "LATIN1": EncodingASCII,
		"iso-8859-15": EncodingASCII, "WIN1252": EncodingASCII, "EUC_JIS_2004": EncodingASCII, "": EncodingUnknown, "SJIS": EncodingMixed,
		"BIG5": EncodingMixed, "GBK": EncodingMixed, "UHC": EncodingMixed, "GB18030": EncodingMixed, "JOHAB": EncodingMixed,
		"SHIFT_JIS_2004": EncodingMixed, "MULE_INTERNAL": EncodingUnknown, "utf8utf8utf8utf8utf8": EncodingUnknown,
	} {
		if got := EncodingOf([]byte(name)); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestSettingsThatATextChanges(t *testing.T) {
	var r Reader
	text := "set Search_Path = a, 'B'; set local x.Y to -1; set names 'UTF8'; set time zone interval '1' hour; reset \"Search_path\"; " +
		"set schema 's'; set session authorization x; set role y; set z to default; set names; discard all; set timezone to local; " +
		"select set_config('Search_path', 'a', false), set_config('x', y, true)"
	if err := r.Read([]byte(text), known); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range r.Settings {
		change := string(s.Name) + "=" + string(s.Value)
		if s.Change == ChangeReset {
			change = "reset " + string(s.Name)
		}
		if s.Change == ChangeMaybe {
			change += " maybe"
		}
		if s.Local {
			change += " local"
		}
		got = append(got, change)
	}
	want := []string{
		"search_path=a, 'B'", "x.y=-1 local", "client_encoding='UTF8'", "timezone=interval '1' hour", "reset search_path", "search_path='s'",
		"session_authorization=x", "role=y", "reset z", "reset client_encoding", "reset ", "reset timezone",
		"search_path='a' maybe", "x= maybe",
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestStatementsHaveTheirPlaceAndName(t *testing.T) {
	var r Reader
	text := " select 1 ;prepare P as select 2; ; fetch c -- x\n;savepoint \"S\""
	if err := r.Read([]byte(text), known); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range r.Statements {
		got = append(got, s.Operation.String()+" "+string(s.Name)+": "+text[s.From:s.To])
	}
	want := []string{"select : select 1", "prepare p: prepare P as select 2", "fetch c: fetch c", `savepoint S: savepoint "S"`}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLimits(t *testing.T) {
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(", t" + strings.Repeat("x", i%20) + string(rune('a'+i%26)) + string(rune('a'+i/26)))
		}
		return b.String()[2:]
	}
	var r Reader
	for _, c := range []struct {
		text string
		want Reason
	}{
		{"lock " + names(MaxAccesses), ""},
		{"lock " + names(MaxAccesses+1), ReasonAccesses},
		{strings.Repeat("begin;", MaxStatements), ""},
		{strings.Repeat("begin;", MaxStatements+1), ReasonSets},
		{strings.Repeat("set a to b;", MaxSettings+1), ReasonSets},
		{"with a as (select 1)" + strings.Repeat(", a as (select 1)", maxTables) + " select 1", ReasonSets},
		{"select 1 from t" + strings.Repeat(", t", maxReferences), ReasonSets},
		{"select " + strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60), ""},
		{"select 1 from " + strings.Repeat("(", maxDepth) + "t", ReasonDeep},
	} {
		var e *Error
		got := Reason("")
		if errors.As(r.Read([]byte(c.text), known), &e) {
			got = e.Reason
		}
		if got != c.want {
			t.Errorf("%.40s: %q, want %q", c.text, got, c.want)
		}
	}
}

// The time is in proportion to the length, whatever the text.
func TestTimeIsLinear(t *testing.T) {
	var r Reader
	for _, part := range []string{
		"(", "select (", "/*", "U&'a' ", "'a' ", "'a'\n", "$a$", "$a", "a.", "[", "f(", "case ", "U&\"a\" uescape ", "::int", "-", "--\n", "e'\\",
		"a b ", "from (", "with a as (", ",f()", "with recursive a as (select 1)", "begin;", "1", "set a to b,", "as ", "is not ", "create schema a ",
	} {
		text := []byte("select " + strings.Repeat(part, 1<<20/len(part)))
		begin := time.Now()
		_ = r.Read(text, known)
		// In proportion to the square of the length it would be minutes.
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q: %v", part, took)
		}
		if size := r.Size(); size > 4<<20 {
			t.Errorf("%q: the reader retains %d bytes", part, size)
		}
	}
}

const byKey = "SELECT id, name, email FROM public.users WHERE id = $1 LIMIT 1"

func TestReadingAllocatesNothing(t *testing.T) {
	var r Reader
	for _, text := range []string{byKey, read[9].text, read[25].text, "INSERT INTO Orders (A, B) VALUES ($1, lower($2)) RETURNING ID"} {
		in := []byte(text)
		if n := testing.AllocsPerRun(100, func() {
			if err := r.Read(in, known); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range read {
		f.Add([]byte(c.text))
	}
	for _, c := range notRead {
		f.Add([]byte(c.text))
	}
	var r Reader
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, set := range []Settings{known, {Client: EncodingASCII, Version: 18}} {
			var e *Error
			if err := r.Read(text, set); err != nil {
				if !errors.As(err, &e) || e.Reason == "" || e.Offset < 0 || e.Offset > len(text) {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			if len(r.Statements) > 0 && len(r.Accesses) == 0 {
				t.Fatalf("%q has a statement and no access", text)
			}
			for _, s := range r.Statements {
				if s.Operation == None || s.From >= s.To || s.To > len(text) {
					t.Fatalf("%q: %+v", text, s)
				}
			}
			for _, a := range r.Accesses {
				if a.Operation == None || len(a.Name) > maxName || len(a.Schema) > maxName {
					t.Fatalf("%q: %+v", text, a)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	join := "SELECT o.id, sum(l.price * l.quantity) AS total FROM orders o JOIN lines l ON l.order_id = o.id " +
		"LEFT JOIN customers c USING (customer_id) WHERE o.created > now() - interval '7 days' AND c.country IN ('CH', 'DE') " +
		"GROUP BY o.id HAVING count(*) > 3 ORDER BY total DESC LIMIT 20"
	for name, text := range map[string]string{
		"by key": byKey, "join": join,
		"insert of 1000 rows": "INSERT INTO t (a, b, c) VALUES (1, 'text of some length', now())" +
			strings.Repeat(", (1, 'text of some length', now())", 999),
	} {
		b.Run(name, func(b *testing.B) {
			var r Reader
			in := []byte(text)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Read(in, known); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
