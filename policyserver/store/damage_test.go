package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/proxylib/proxylib/policy/identity"
)

// kept makes a file in which every kind of page is, and returns its bytes and what it holds.
func kept(t testing.TB) ([]byte, *State) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	document := func(i, size int) Item {
		return Item{API, json.RawMessage(fmt.Sprintf(`{"item":%d,"text":%q}`, i, strings.Repeat("x", size)))}
	}
	for round := range 3 {
		change := Change{Revision: uint64(round + 1), Policies: map[string]Item{}, Endpoints: map[string]Item{}}
		for i := range 70 {
			change.Policies[fmt.Sprintf("default/p%d", i*7+round)] = document(i, 100*(1+round))
			change.Numbers = append(change.Numbers, identity.Number{
				ID: identity.ID(256 + 1000*round + i), Key: fmt.Sprintf("labels:app=%d", i*3+round),
			})
		}
		for i := range 35 {
			change.Policies[fmt.Sprintf("default/p%d", i*7+round-1)] = Item{}
		}
		change.Policies["default/large"] = document(round, 10_000)
		change.Endpoints["default/e"] = document(round, 10)
		if err := s.Save(change); err != nil {
			t.Fatal(err)
		}
	}
	state, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text, state
}

// refusedOrWhole opens a file with the bytes and fails the test unless that is refused in one line, with the file as it
// was, or all that was kept is there.
func refusedOrWhole(t testing.TB, path, what string, text []byte, want *State) (refused bool) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		reason := (*DamagedError)(nil)
		if !errors.As(err, &reason) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error is %q", what, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, text) {
			t.Errorf("%s: the file was changed", what)
		}
		return true
	}
	defer s.Close()
	if got, err := s.Load(); err != nil || want != nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%s: another state was used, or %v", what, err)
	}
	return false
}

func TestDamagedFileIsRefusedOrWhole(t *testing.T) {
	text, want := kept(t)
	path := filepath.Join(t.TempDir(), "state")
	if refusedOrWhole(t, path, "no damage", text, want) {
		t.Fatal("a file without damage is refused")
	}
	pageSize := os.Getpagesize()
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	try := func(what string, damage func(text []byte) []byte) {
		if refusedOrWhole(t, path, what, damage(bytes.Clone(text)), want) {
			refused++
		}
	}
	flip := func(at int, with byte) {
		try(fmt.Sprintf("byte %d with %#x", at, with), func(text []byte) []byte {
			text[at] ^= with
			return text
		})
	}
	for page := 0; page < len(text); page += pageSize {
		for at := range 16 {
			flip(page+at, byte(1+random.IntN(255)))
		}
		for range 12 {
			flip(page+random.IntN(pageSize), 1<<random.IntN(8))
		}
		try(fmt.Sprintf("cut at page %d", page/pageSize), func(text []byte) []byte { return text[:page] })
		try(fmt.Sprintf("cut in page %d", page/pageSize), func(text []byte) []byte {
			return text[:page+1+random.IntN(pageSize-1)]
		})
		for what, fill := range map[string]byte{"zeros": 0, "ones": 0xff} {
			try(fmt.Sprintf("page %d is %s", page/pageSize, what), func(text []byte) []byte {
				copy(text[page:], bytes.Repeat([]byte{fill}, pageSize))
				return text
			})
		}
		try(fmt.Sprintf("page %d is that of another place", page/pageSize), func(text []byte) []byte {
			copy(text[page:page+pageSize], text[random.IntN(len(text)/pageSize)*pageSize:])
			return text
		})
	}
	for i := range 200 {
		try(fmt.Sprintf("many bytes, %d", i), func(text []byte) []byte {
			for range 1 + random.IntN(50) {
				text[random.IntN(len(text))] = byte(random.IntN(256))
			}
			return text
		})
	}
	// What is in no use may change, all else must not.
	if refused < 400 {
		t.Errorf("only %d of all files were refused", refused)
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{
		"empty": nil, "one byte": {0}, "text": []byte(strings.Repeat("nonsense", 10_000)), "zeros": make([]byte, 1<<16),
		"another program's": other,
	} {
		if !refusedOrWhole(t, path, what, text, nil) {
			t.Errorf("%s: was used", what)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: got %v", err)
	}
}

func TestFileOfAnEarlierVersionIsTakenOver(t *testing.T) {
	text, want := kept(t)
	path := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Delete(sumKey) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if err := errors.Join(s.Save(Change{Revision: want.Revision}), s.Close()); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if refusedOrWhole(t, path, "after the first change", text, want) {
		t.Error("is refused after the first change")
	}
	changed := bytes.ReplaceAll(text, []byte("default/large"), []byte("default/larga"))
	if !refusedOrWhole(t, path, "another name", changed, nil) {
		t.Error("a changed name was not found")
	}
}

func TestFileThatIsDamagedWhileItIsOpenEndsNoServer(t *testing.T) {
	text, _ := kept(t)
	for what, damage := range map[string]func(*os.File) error{
		"cut":         func(f *os.File) error { return f.Truncate(int64(2 * os.Getpagesize())) },
		"emptied":     func(f *os.File) error { return f.Truncate(0) },
		"overwritten": func(f *os.File) error { _, err := f.Write(bytes.Repeat([]byte{0x5a}, len(text))); return err },
	} {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(damage(file), file.Close()); err != nil {
			t.Fatal(err)
		}
		change := Change{Revision: 9, Policies: map[string]Item{"default/new": {API, json.RawMessage(`{}`)}}}
		for range 3 {
			if err := s.Save(change); err == nil {
				t.Errorf("%s: a change was kept", what)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: the error has lines: %q", what, err)
			}
		}
		if _, err := s.Load(); err == nil {
			t.Errorf("%s: the state was read", what)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzStateFile(f *testing.F) {
	text, want := kept(f)
	f.Add(uint32(0), []byte{1}, uint32(0))
	f.Add(uint32(4096), []byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0}, uint32(5000))
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, cut uint32) {
		damaged := bytes.Clone(text)
		copy(damaged[int(at)%len(damaged):], patch)
		damaged = damaged[:len(damaged)-int(cut)%len(damaged)]
		refusedOrWhole(t, filepath.Join(t.TempDir(), "state"), "patched", damaged, want)
	})
}
