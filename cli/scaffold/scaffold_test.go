package scaffold

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func module(template string) *Module {
	return &Module{
		Name: "acme", Path: "example.com/team/acme", Template: template, Source: "/src", Version: "v1.2.3",
		Requirements: []string{"example.com/a v1.0.0"}, Command: "proxylib",
	}
}

func TestAModuleHasAllFilesAndNothingOfTheExamplesName(t *testing.T) {
	for _, template := range Templates() {
		m := module(template)
		files, err := m.Files()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"acme.go", "acme_test.go", "register.go", "README.md", "go.mod", "Makefile", "policy.yaml", "envoy.yaml", "demo/main.go",
			"demo/talk.go", ".gitignore",
		} {
			if len(files[name]) == 0 {
				t.Errorf("%s: there is no %s", template, name)
			}
			delete(files, name)
		}
		if len(files) > 0 {
			t.Errorf("%s: there are %d more files", template, len(files))
		}
		files, _ = m.Files()
		leftover := regexp.MustCompile(`examples/|"` + m.Example() + `"|\b` + m.Example() + `\.Protocol|package ` + m.Example() + `|(Request|Denied) ` + m.Example() + ` |^# ` + m.Example())
		for name, text := range files {
			if found := leftover.FindString(string(text)); found != "" {
				t.Errorf("%s: %s has %q", template, name, found)
			}
			if strings.Contains(string(text), "<no value>") {
				t.Errorf("%s: %s has no value somewhere", template, name)
			}
		}
	}
}

func TestTheModuleRequiresTheLibraryInItsPlaceOrVersion(t *testing.T) {
	m := module("line")
	files, err := m.Files()
	if err != nil {
		t.Fatal(err)
	}
	want := "module example.com/team/acme\n\ngo 1.26.0\n\nrequire github.com/proxylib/proxylib v1.2.3\n\nrequire (\n\texample.com/a v1.0.0 // indirect\n)\n\n" +
		"replace github.com/proxylib/proxylib => /src\n"
	if got := string(files["go.mod"]); got != want {
		t.Errorf("got %s", got)
	}
	m.Source, m.Requirements = "", nil
	if files, err = m.Files(); err != nil {
		t.Fatal(err)
	}
	if got, want := string(files["go.mod"]), "module example.com/team/acme\n\ngo 1.26.0\n\nrequire github.com/proxylib/proxylib v1.2.3\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestNamesThatCannotBeUsedAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"": "want at most 32", "Acme": "want at most 32", "7up": "want at most 32", "a-b": "want at most 32", "a.b": "want at most 32",
		strings.Repeat("a", 33): "want at most 32", "func": "has a meaning", "main": "has a meaning", "bytes": "has a meaning",
		"../up": "want at most 32", "a\nb": "want at most 32",
	} {
		m := module("line")
		m.Name = name
		if _, err := m.Files(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", name, err)
		}
	}
	m := module("lines")
	if err := m.Check(); err == nil || !strings.HasSuffix(err.Error(), "use line, login, tagged") {
		t.Error(err)
	}
	for _, path := range []string{"", "a b", "a\"b", "a\nb", "a@v1"} {
		m := module("line")
		m.Path = path
		if err := m.Check(); err == nil {
			t.Errorf("%q is accepted", path)
		}
	}
	if !slices.IsSorted(Templates()) {
		t.Errorf("got %q", Templates())
	}
}
