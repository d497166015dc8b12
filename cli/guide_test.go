package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guideCommands are the commands of a guide, in their order.
func guideCommands(t *testing.T, path string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A command may go on in the next line.
	joined := strings.ReplaceAll(string(text), "\\\n", "")
	for line := range strings.Lines(joined) {
		if strings.HasPrefix(line, "    build/proxylib ") {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	return commands
}

func TestCommandsOfTheGuideWork(t *testing.T) {
	commands := guideCommands(t, "../docs/policy.md")
	server := startServer(t)
	folder := t.TempDir()
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(examples, filepath.Join(folder, "examples")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.Args[0], filepath.Join(folder, "build", "proxylib")); err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{}
	for _, line := range commands {
		words := strings.Fields(strings.TrimPrefix(line, "build/proxylib "))
		ran[words[0]] = true
		switch {
		case words[0] == "serve":
			// The server of this test stands for it. Its flags are looked at all the same.
			line += " --help >/dev/null"
		case !strings.Contains(line, " convert ") && !strings.Contains(line, " --file "):
			line += " --server " + server
		}
		shell := exec.Command("sh", "-c", line)
		shell.Dir, shell.Env = folder, append(os.Environ(), asMain+"=1")
		out, err := shell.CombinedOutput()
		want := 0
		if strings.Contains(line, "secret") {
			want = exitDenied
		}
		if got := shell.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: got exit code %d (%v), want %d: %s", line, got, err, want, out)
		}
	}
	for _, command := range []string{"serve", "policy", "endpoint", "identity", "status"} {
		if !ran[command] {
			t.Errorf("the guide does not show %q: %s", command, fmt.Sprint(commands))
		}
	}
}
