package command

import (
	"bytes"
	"strings"
	"testing"
)

// Each name is changed in one byte, in all ways: what is left is a command only if the table has it.
func TestFindKnowsNamesInAnyCaseAndNothingElse(t *testing.T) {
	for name, want := range words {
		for _, spelled := range []string{name, strings.ToUpper(name)} {
			for at := range spelled {
				for c := range 256 {
					changed := []byte(spelled)
					changed[at] = byte(c)
					requireFound(t, changed)
				}
			}
			requireFound(t, []byte(spelled[:len(spelled)-1]))
			requireFound(t, []byte(spelled+"\x00"))
			requireFound(t, []byte("\x00"+spelled))
		}
		if c, container := Find([]byte(name)); c != want.command || container != want.container {
			t.Errorf("%s: another command is found", name)
		}
	}
	requireFound(t, nil)
	requireFound(t, bytes.Repeat([]byte("a"), maxName+1))
}

// requireFound requires that a name is found as the map says.
func requireFound(t *testing.T, name []byte) {
	t.Helper()
	lower := bytes.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, name)
	want := found{}
	if bytes.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		lower = nil
	} else {
		want = words[string(lower)]
	}
	if c, container := Find(name); c != want.command || container != want.container {
		t.Fatalf("%q: found %v, %v; want %v, %v", name, c, container, want.command, want.container)
	}
}

func BenchmarkFind(b *testing.B) {
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			if c, _ := Find([]byte("GET")); c == nil {
				b.Fatal("GET is not found")
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			var lower [maxName]byte
			if words[string(lower[:copyLower(lower[:], []byte("GET"))])].command == nil {
				b.Fatal("GET is not found")
			}
		}
	})
}
