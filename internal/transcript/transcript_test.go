package transcript

import (
	"reflect"
	"strings"
	"testing"
)

const example = `# of all cases
parser: r2d2
policy: cmd=READ
  cmd=HALT

== the first
audit: true
> READ \x00\\
  a\r\n
! client PASS 9
= Request r2d2 cmd=READ
>> READ \x00\\a\r\n

# in between
policy: cmd=HALT
>.
! closed: it ended
== the second
< x
`

func TestATextIsReadAsItIsWritten(t *testing.T) {
	f, err := Parse("name", example)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) != 2 || f.Cases[0].Name != "the first" || f.Cases[1].Name != "the second" {
		t.Fatalf("got %+v", f.Cases)
	}
	settings := []Setting{{"parser", "r2d2", 2}, {"policy", "cmd=READ\ncmd=HALT", 3}}
	if got := f.Cases[1].Settings; !reflect.DeepEqual(got, settings) {
		t.Errorf("settings %+v", got)
	}
	if got := f.Cases[0].Settings; !reflect.DeepEqual(got, append(settings, Setting{"audit", "true", 7})) {
		t.Errorf("settings %+v", got)
	}
	want := []Step{
		{Event{ClientSends, "READ \x00\\a\r\n", 8, 9}, Result{
			ToServer: "READ \x00\\a\r\n", Verdicts: []string{"client PASS 9"}, Log: []string{"Request r2d2 cmd=READ"},
		}},
		{Event{NewPolicy, "cmd=HALT", 15, 15}, Result{}},
		{Event{ClientEnds, "", 16, 16}, Result{Closed: "it ended"}},
	}
	if got := f.Cases[0].Steps(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestATextWithItsOwnResultsIsTheSame(t *testing.T) {
	f, err := Parse("name", example)
	if err != nil {
		t.Fatal(err)
	}
	var results [][]Result
	for i := range f.Cases {
		var of []Result
		for _, s := range f.Cases[i].Steps() {
			of = append(of, s.Result)
		}
		results = append(results, of)
	}
	if got := f.With(results); got != example {
		t.Errorf("got\n%s\nwant\n%s", got, example)
	}
	results[1][0] = Result{ToClient: strings.Repeat("a", lineBytes) + "b\nc", Closed: "end"}
	want := example + "<< " + strings.Repeat("a", lineBytes) + "\n<< b\\n\n<< c\n! closed: end\n"
	if got := f.With(results); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestATextWithoutCasesIsOne(t *testing.T) {
	f, err := Parse("name", "parser: r2d2\n> a\r\n>.\n")
	if err != nil || len(f.Cases) != 1 || f.Cases[0].Name != "name" || len(f.Cases[0].Settings) != 1 || len(f.Cases[0].Steps()) != 2 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestMistakesAreRefusedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "there is no event",
		"parser: x\n":                   "there is no event",
		"hello\n":                       "line 1: \"hello\" is neither an event nor a setting",
		"> a\\y":                        "line 1: an escape",
		"> a\\x1":                       "line 1: an escape",
		"> a\\x1g":                      "line 1: an escape",
		"> a\\":                         "line 1: an escape",
		"> a\n  b\\":                    "line 2: an escape",
		"> a \n":                        "line 1: white space at the end",
		"> a\n  b \n":                   "line 2: white space at the end",
		">. a\n":                        "line 1: \"a\" after >.",
		"= a\n":                         "line 1: it comes of nothing",
		"  a\n":                         "line 1: it begins with white space",
		"> a\n\n  b\n":                  "line 3: it begins with white space",
		"> a\nparser: x\n":              "line 2: setting parser: only the policy",
		"==\n":                          "line 1: a case needs a name",
		"== a\n> a\n== a\n":             "line 3: there are two cases \"a\"",
		"> a\n== a\n":                   "line 2: events come before the first case",
		"> a\n= Request x\n  goes on\n": "line 3: it begins with white space",
	} {
		if _, err := Parse("name", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got error %v, want %s", text, err, want)
		}
	}
}

func FuzzBytesAreReadAsTheyAreWritten(f *testing.F) {
	for _, seed := range []string{"", "get a\r\n", " a\t\\ ", "\x00\xff\xc3\xa9", "a\nb "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if got, err := Unescape(Escape(data)); err != nil || got != data {
			t.Errorf("%q is written as %q and read as %q, %v", data, Escape(data), got, err)
		}
		file, err := Parse("name", strings.Join(Lines(ClientSends, data), "\n"))
		if data == "" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		read := ""
		for _, s := range file.Cases[0].Steps() {
			read += s.Text
		}
		if read != data {
			t.Errorf("%q is read as %q", data, read)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("name", text)
		if err != nil {
			return
		}
		var results [][]Result
		for i := range file.Cases {
			var of []Result
			for _, s := range file.Cases[i].Steps() {
				of = append(of, s.Result)
			}
			results = append(results, of)
		}
		written := file.With(results)
		again, err := Parse("name", written)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		for i := range file.Cases {
			before, after := file.Cases[i].Steps(), again.Cases[i].Steps()
			if len(before) != len(after) {
				t.Fatalf("%q: %d steps become %d", text, len(before), len(after))
			}
			for j := range before {
				if !reflect.DeepEqual(before[j].Result, after[j].Result) || before[j].Text != after[j].Text {
					t.Errorf("%q: %+v becomes %+v", text, before[j], after[j])
				}
			}
		}
	})
}
