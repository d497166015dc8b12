package sink

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/eventually"
)

// rotated is an open log file in a folder of its own.
type rotated struct {
	*testing.T
	log  *Logger
	path string
	said *journal
}

func openRotated(t *testing.T) *rotated {
	t.Helper()
	r := &rotated{T: t, path: filepath.Join(t.TempDir(), "sub", "access.log"), said: newJournal()}
	r.said.log.SetLevel(logrus.InfoLevel)
	r.makeFolder()
	log, err := Open(Config{File: r.path, Log: r.said.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	r.log = log
	return r
}

func (r *rotated) makeFolder() {
	r.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		r.Fatal(err)
	}
}

func (r *rotated) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// arrives logs an entry and waits until the file has a number of lines.
func (r *rotated) arrives(path string, lines int) {
	r.Helper()
	r.log.Queue().Log(entry(1))
	r.hasLines(path, lines)
}

func (r *rotated) hasLines(path string, lines int) {
	r.Helper()
	got := -1
	if !eventually.Within(4*lookEvery, func() bool {
		text, _ := os.ReadFile(path)
		got = strings.Count(string(text), "\n")
		return got == lines
	}) {
		r.Fatalf("%s has %d lines, want %d", path, got, lines)
	}
}

// exists waits until the path leads to a file.
func (r *rotated) exists() {
	r.Helper()
	if !eventually.Within(4*lookEvery, func() bool {
		_, err := os.Stat(r.path)
		return err == nil
	}) {
		r.Fatal("the file is not created again")
	}
}

func TestARenamedLogFileIsFollowedByANewOne(t *testing.T) {
	r := openRotated(t)
	r.arrives(r.path, 1)
	r.must(os.Rename(r.path, r.path+".1"))
	r.exists()
	r.arrives(r.path, 1)
	r.hasLines(r.path+".1", 1)
}

func TestALogFileThatWasRenamedAndReplacedIsFollowedByItsReplacement(t *testing.T) {
	r := openRotated(t)
	r.arrives(r.path, 1)
	r.must(os.Rename(r.path, r.path+".1"))
	r.must(os.WriteFile(r.path, nil, 0o640))
	time.Sleep(lookEvery + lookEvery/5)
	r.arrives(r.path, 1)
	if mode, err := os.Stat(r.path); err != nil || mode.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v: want that of the replacement", mode, err)
	}
}

func TestADeletedLogFileIsCreatedAgainWithoutAnEntry(t *testing.T) {
	r := openRotated(t)
	r.must(os.Remove(r.path))
	r.exists()
	if mode, err := os.Stat(r.path); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: want 0600", mode, err)
	}
	r.arrives(r.path, 1)
}

func TestALogFileCutInPlaceIsWrittenFromItsBeginning(t *testing.T) {
	r := openRotated(t)
	r.arrives(r.path, 1)
	r.arrives(r.path, 2)
	r.must(os.Truncate(r.path, 0))
	r.arrives(r.path, 1)
	if text, err := os.ReadFile(r.path); err != nil || strings.Contains(string(text), "\x00") {
		t.Errorf("%q, %v: the file has a hole", text, err)
	}
}

func TestALogFileWhoseFolderIsGoneIsCreatedWhenTheFolderIsBack(t *testing.T) {
	r := openRotated(t)
	moved := filepath.Dir(r.path) + ".old"
	r.must(os.Rename(filepath.Dir(r.path), moved))
	time.Sleep(2*lookEvery + lookEvery/5)
	r.arrives(filepath.Join(moved, "access.log"), 1)
	r.makeFolder()
	r.exists()
	r.arrives(r.path, 1)
	var said []string
	for _, line := range r.said.all() {
		said = append(said, line.Message)
	}
	if len(said) != 2 || !strings.Contains(said[0], "cannot be created again") || said[1] != "access log: the file is there again" {
		t.Errorf("the operator's log has %q", said)
	}
}
