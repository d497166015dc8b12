package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerWhoseStateFileIsCutGoesOnAndDoesNotStartAgain(t *testing.T) {
	v := &victim{T: t, directory: t.TempDir()}
	client, err := (&serverFlags{address: filepath.Join(v.directory, "api")}).client()
	if err != nil {
		t.Fatal(err)
	}
	v.api = client
	v.start()
	v.put(cachePolicy + cacheEndpoints + "---" + allowWeb)
	store, wrong := v.follow()
	before := v.ids()

	state := filepath.Join(v.directory, "state")
	if err := os.Truncate(state, int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := v.tryPut(endpointDocument(0)); err == nil || !strings.Contains(err.Error(), "restore it from a backup") {
			t.Errorf("a change after the damage: got %v", err)
		}
	}
	if after := v.ids(); len(after) != len(before) || store.Current().Endpoints() == 0 || wrong.Load() > 0 {
		t.Errorf("what was in force is not any more: %v, %d endpoints, %d wrong verdicts",
			after, store.Current().Endpoints(), wrong.Load())
	}
	v.kill()

	var output bytes.Buffer
	again := exec.Command(os.Args[0], "serve", "--state", state, "--api", filepath.Join(v.directory, "api"),
		"--xds", filepath.Join(v.directory, "xds"))
	again.Env, again.Stderr, again.Stdout = append(os.Environ(), asMain+"=1"), &output, &output
	if err := again.Run(); err == nil {
		t.Error("it started with a damaged state file")
	}
	text := output.String()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, state) || !strings.Contains(text, "restore it from a backup") {
		t.Errorf("it says %q", text)
	}
}
