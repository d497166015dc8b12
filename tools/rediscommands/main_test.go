package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const folder = "../../parsers/redis/command"

func TestTheTableIsWhatTheCommandsMake(t *testing.T) {
	want, err := generate(folder)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "table.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("table.go is not up to date: run go generate ./parsers/redis/command")
	}
}

func TestMistakesInTheCommandsAreNamed(t *testing.T) {
	for _, line := range []string{"get", "get see -", "get read - <a", "get read - (a b", "get read - {a", "b read -\na read -"} {
		if _, err := parse([]byte(line)); err == nil {
			t.Errorf("%q must be refused", line)
		}
	}
}
