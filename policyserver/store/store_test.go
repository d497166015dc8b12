package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/policy/identity"
)

func TestWhatWasSavedIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	item := func(text string) Item { return Item{API, json.RawMessage(text)} }
	for _, change := range []Change{
		{
			1, map[string]Item{"a": item(`1`), "b": item(`2`)}, map[string]Item{"e": item(`3`)},
			[]identity.Number{{ID: 256, Key: "labels:a"}},
		},
		{2, map[string]Item{"a": {}, "b": item(`4`)}, nil, []identity.Number{{ID: 257, Key: "labels:b"}}},
	} {
		if err := s.Save(change); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := &State{
		2, map[string]Item{"b": item(`4`)}, map[string]Item{"e": item(`3`)},
		[]identity.Number{{ID: 256, Key: "labels:a"}, {ID: 257, Key: "labels:b"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestFileThatIsOpenElsewhereIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("got %v", err)
	}
}
