package builder

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheRuntimeOfThisGoIsKnown(t *testing.T) {
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range runtimeChanges {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", "runtime", change.file))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := change.apply(string(text))
		if err != nil {
			t.Error(err)
		}
		if _, err := change.apply(changed); err == nil || !strings.Contains(err.Error(), change.file+" has 0 times") {
			t.Errorf("%s: a runtime without the function is taken: %v", change.file, err)
		}
		if _, err := change.apply(string(text) + string(text)); err == nil {
			t.Errorf("%s: a runtime with the function twice is taken", change.file)
		}
	}
}

// section is a section of a module.
func section(kind byte, body string) string { return string([]byte{kind, byte(len(body))}) + body }

func name(text string) string { return string(rune(len(text))) + text }

// imports is a module that imports functions, each of type 0.
func imports(functions ...string) string {
	body := string(rune(len(functions)))
	for _, f := range functions {
		module, function, _ := strings.Cut(f, ".")
		body += name(module) + name(function) + "\x00\x00"
	}
	return wasmMagic + section(1, "\x01\x60\x00\x00") + section(sectionImport, body)
}

func TestAModuleMayImportOnlyWhatEnvoyProvides(t *testing.T) {
	const wasi = moduleOfWASI + "."
	for module, want := range map[string]string{
		imports("env.proxy_log", wasi+"fd_write", wasi+"random_get"): "",
		wasmMagic:                              "",
		imports(wasi + "poll_oneoff"):          wasi + "poll_oneoff",
		imports(wasi + "path_filestat_get"):    wasi + "path_filestat_get: parsers must not import net",
		imports("env.memory_log"):              "env.memory_log",
		imports("other.proxy_log"):             "other.proxy_log",
		"\x7fELF":                              "not a WebAssembly module",
		imports("env.proxy_log")[:20]:          "not a WebAssembly module",
		wasmMagic + "\x02\xff\xff\xff\xff\x0f": "not a WebAssembly module",
	} {
		err := CheckImports([]byte(module))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", module, err, want)
		}
	}
}

func FuzzCheckImports(f *testing.F) {
	f.Add([]byte(imports("env.proxy_log", "wasi_snapshot_preview1.fd_write")))
	f.Fuzz(func(_ *testing.T, module []byte) { _ = CheckImports(module) })
}
