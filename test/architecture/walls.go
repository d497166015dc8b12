// Package architecture checks the walls between the parts of this project: who may import whom, what the part that a
// verdict needs must keep away from, and where C and unsafe code may be.
package architecture

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// module is the path that our own imports begin with.
const module = "github.com/proxylib/proxylib/"

// allowed tells, for a folder and those below it, which of our folders it may import; "hosts/..." stands for hosts and
// all below it. The longest entry counts.
var allowed = map[string][]string{
	"api":                nil,
	"accesslog":          {"internal/swar", "api/..."},
	"accesslog/jsonline": {"accesslog", "internal/swar", "api/..."},
	"accesslog/otlp":     {"accesslog/sink", "accesslog/jsonline", "api/..."},
	"accesslog/sink":     {"accesslog/...", "internal/service", "api/..."},
	"accesslog/traffic":  {"accesslog/jsonline", "api/..."},
	"policy":             {"api/..."},
	"policy/httprule":    {"policy", "api/..."},
	"policy/identity":    nil,
	"policy/inline":      {"policy", "api/..."},
	"policy/cnp":         {"policy", "policy/identity"},
	"policy/compile":     documents,
	"policy/decompile":   documents,
	"proxylib":           {"policy", "accesslog", "internal/overload", "internal/hostlink", "api/..."},
	"proxylib/host":      {"proxylib", "policy", "accesslog", "internal/overload", "internal/hostlink"},
	"proxylib/wire":      {"proxylib"},
	"datapath":           {"proxylib", "proxylib/host", "internal/overload"},
	"parsers":            {"proxylib", "proxylib/wire", "internal/swar", "parsers/internal/..."},
	"parsers/internal":   nil,
	"parsers/all":        {"parsers/..."},
	"testparsers":        {"proxylib", "proxylib/wire"},
	"examples":           {"proxylib", "proxylib/wire"},
	"examples/http":      {"httpfilter", "examples/http/..."},
	"httpfilter":         {"internal/httplink", "internal/overload"},
	"parsertest":         {"proxylib", "proxylib/host", "datapath", "policy", "policy/inline", "accesslog", "accesslog/jsonline", "internal/transcript", "api/..."},
	"internal":           nil,
	"internal/httplink":  nil,
	"internal/hostlink":  {"policy", "accesslog", "internal/overload"},
	"internal/logtest":   {"accesslog", "api/..."},
	"internal/xdstest":   {"internal/service", "api/..."},
	"npds":               append([]string{"internal/...", "policy/compile"}, documents...),
	"policyserver":       {"policyserver/...", "internal/...", "policy/...", "accesslog/...", "api/..."},
	"hosts":              append([]string{"hosts/internal/...", "internal/...", "httpfilter"}, belowHosts...),
	"libproxylib":        {"hosts/...", "parsers/..."},
	"cli":                append([]string{"cli/...", "policy/...", "policyserver/...", "internal/...", "examples", "httpfilter"}, belowHosts...),
	"cmd":                {"cli", "parsers/..."},
	"test/faulty":        {"hosts/...", "parsers/...", "testparsers", "proxylib", "examples/extauthz"},
	// The reference of metrics is what a policy server shows.
	"test/docs": append([]string{"parsers/...", "policyserver", "policyserver/rest", "test/..."}, belowHosts...),
	"test":      append([]string{"parsers/...", "testparsers", "test/...", "internal/..."}, belowHosts...),

	"httpfilter/httpfiltertest": {"httpfilter", "internal/httplink"},
	"test/httpfilters/library":  {"hosts/...", "examples/http/...", "httpfilter"},

	"proxylib/proxylibtest": {"proxylib", "proxylib/host", "policy", "accesslog", "api/..."},
}

var belowHosts = []string{"proxylib", "proxylib/host", "datapath", "internal/overload", "npds", "policy", "policy/httprule", "policy/inline", "accesslog/...", "api/..."}

// forTests are folders that only tests may import, each other, and the test programs below test.
var forTests = []string{
	"internal/capturetest", "internal/eventually", "internal/judge", "internal/logbook", "internal/logtest", "internal/policytest",
	"internal/selfsigned", "internal/xdstest", "parsertest", "httpfilter/httpfiltertest", "proxylib/proxylibtest",
	"testparsers",
}

// documents are policy documents, and the messages that they become.
var documents = []string{"policy", "policy/cnp", "policy/identity", "policy/inline", "api/..."}

// verdict is all that a verdict needs. It runs in any host, so it starts no goroutine or timer, and opens nothing.
var verdict = []string{
	"api", "accesslog", "policy", "internal/overload", "internal/hostlink", "internal/swar", "proxylib", "datapath", "parsers",
	"testparsers", "examples",
}

// forHTTP are examples of HTTP filters, which may do whatever a program can.
const forHTTP = "examples/http"

// forReaders are the parts of the access log that deliver entries, or read them: they are not needed for a verdict.
var forReaders = []string{"accesslog/otlp", "accesslog/sink", "accesslog/traffic"}

// worldly are the imports that the verdict keeps away from, with those below them. Of net, net/netip is free.
var worldly = []string{
	"flag", "io/ioutil", "log", "net", "os", "os/exec", "os/signal", "plugin", "runtime/cgo", "syscall",
	"github.com/envoyproxy", "golang.org/x/sys", "google.golang.org/grpc",
}

// file is what the walls need to know of a source file.
type file struct {
	// path is relative to the root of the module, with slashes.
	path string
	// imports are the paths of what it imports; C is cgo.
	imports []string
	// generated: its first lines say that no hand wrote it.
	generated bool
}

func (f *file) folder() string { return path.Dir(f.path) }
func (f *file) test() bool     { return strings.HasSuffix(f.path, "_test.go") }

// violations returns what is wrong with the imports of the files, one line each.
func violations(files []file) []string {
	var wrong []string
	for i := range files {
		f := &files[i]
		for _, imported := range f.imports {
			for _, check := range []func(*file, string) string{ownImport, worldlyImport, unsafeImport, captureImport} {
				if reason := check(f, imported); reason != "" {
					wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", f.path, imported, reason))
				}
			}
		}
		if _, known := entry(f.folder()); !known && !frontPage(f) {
			wrong = append(wrong, f.path+" is in a folder that the table of allowed imports does not know")
		}
	}
	return wrong
}

// frontPage reports whether a file is the documentation of the module, which has no code.
func frontPage(f *file) bool { return f.path == "doc.go" && len(f.imports) == 0 }

// ownImport checks imports among us. Tests may reach for anything but hosts, which are tested by their own folder.
func ownImport(f *file, imported string) string {
	target, own := strings.CutPrefix(imported, module)
	if !own {
		return ""
	}
	folders, _ := entry(f.folder())
	switch {
	case inAny(target, forTests) && !f.test() && !in(f.folder(), "test") && !inAny(f.folder(), forTests):
		return "this is for tests"
	case slices.ContainsFunc(folders, func(pattern string) bool { return matches(target, pattern) }):
		return ""
	case sameParser(target, f.folder()):
		return ""
	case f.test() && !in(target, "hosts"):
		return ""
	}
	return fmt.Sprintf("%s may import only %q of ours", f.folder(), folders)
}

// sameParser reports whether both are of one parser, which may be of several packages.
func sameParser(target, folder string) bool {
	own, _, _ := strings.Cut(strings.TrimPrefix(folder, "parsers/"), "/")
	return in(folder, "parsers") && in(target, "parsers/"+own)
}

// matches reports whether a folder is what an entry of the table names.
func matches(folder, pattern string) bool {
	parent, tree := strings.CutSuffix(pattern, "/...")
	return folder == pattern || tree && in(folder, parent)
}

func worldlyImport(f *file, imported string) string {
	if f.test() || !isVerdict(f.folder()) || imported == "net/netip" || !inAny(imported, worldly) {
		return ""
	}
	return "what a verdict needs keeps away from the world"
}

func unsafeImport(f *file, imported string) string {
	if imported != "C" && imported != "unsafe" || in(f.folder(), "hosts") {
		return ""
	}
	if imported == "unsafe" && f.generated && in(f.folder(), "api") {
		return ""
	}
	return "C and unsafe code are for hosts alone"
}

// captures is the module that reads captures of packets, and ofCaptures are the folders that may import it.
const captures = "github.com/gopacket/gopacket"

var ofCaptures = []string{"cli", "internal/capturetest"}

func captureImport(f *file, imported string) string {
	if !in(imported, captures) || inAny(f.folder(), ofCaptures) {
		return ""
	}
	return "captures are for the command line alone"
}

// isVerdict reports whether a folder is part of what a verdict needs.
func isVerdict(folder string) bool {
	return inAny(folder, verdict) && !slices.Contains(forReaders, folder) && !in(folder, forHTTP)
}

// entry returns the entry of the table that counts for a folder.
func entry(folder string) (folders []string, known bool) {
	for ; folder != "."; folder = path.Dir(folder) {
		if folders, known = allowed[folder]; known {
			return folders, true
		}
	}
	return nil, false
}

func in(folder, parent string) bool { return folder == parent || strings.HasPrefix(folder, parent+"/") }

func inAny(folder string, parents []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool { return in(folder, parent) })
}
