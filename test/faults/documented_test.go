package faults

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`")
	testFunc = regexp.MustCompile(`func (?:\([^)]*\) )?((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)\(`)
)

func TestSecurityMDNamesTestsThatExist(t *testing.T) {
	document, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	grep := exec.Command("git", "grep", "--untracked", "-hE", "^func .*(Test|Fuzz)[A-Z]", "--", "*_test.go")
	grep.Dir = "../.."
	functions, err := grep.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range testFunc.FindAllStringSubmatch(string(functions), -1) {
		exists[match[1]] = true
	}
	names := testName.FindAllStringSubmatch(string(document), -1)
	if len(names) < 30 {
		t.Fatalf("only %d tests are named: %s", len(names), strings.TrimSpace(string(document[:60])))
	}
	for _, name := range names {
		if !exists[name[1]] {
			t.Errorf("there is no %s", name[1])
		}
	}
}
