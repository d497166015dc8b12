package contents

import (
	"slices"
	"strings"
	"testing"
)

func TestADescriptionIsFoundInTheFileThatHoldsIt(t *testing.T) {
	value, err := encode([]string{"a", "example.b"}, []byte(`{"items": []}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{value, "\x7fELF" + mark + "\x00" + value + "\x00more;", mark + "a:not base64;" + mark + ":;" + value} {
		if got := string(Find([]byte(file))); got != `{"items": []}` {
			t.Errorf("%q: got %q", file, got)
		}
	}
	for _, file := range []string{"", mark, mark + "a:", mark + "a:AAAA;", value[:len(value)-9] + ";", strings.TrimSuffix(value, end)} {
		if got := Find([]byte(file)); got != nil {
			t.Errorf("%q: got %q", file, got)
		}
	}
}

func TestTheProgramKnowsTheNames(t *testing.T) {
	if got := Names(); got != nil {
		t.Errorf("without a description: %q", got)
	}
	defer func() { embedded = "" }()
	var err error
	if embedded, err = encode([]string{"a", "example.b"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := Names(); !slices.Equal(got, []string{"a", "example.b"}) {
		t.Errorf("got %q", got)
	}
}

func TestTheFlagIsOneForTheLinker(t *testing.T) {
	flag, err := LinkerFlag([]string{"a"}, []byte(strings.Repeat("x'\" \n", 1000)))
	value, found := strings.CutPrefix(flag, "-X github.com/proxylib/proxylib/internal/contents.embedded=")
	if err != nil || !found || strings.ContainsAny(value, " '\"\n\\") {
		t.Errorf("got %q, %v", flag, err)
	}
	if _, err := LinkerFlag([]string{"a b"}, nil); err == nil {
		t.Error("a name that would be another flag is accepted")
	}
}
