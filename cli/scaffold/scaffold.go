package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/cli/envoyconfig"
	"github.com/proxylib/proxylib/examples"
)

// Module is what is written.
type Module struct {
	// Name is the name of the parser and of its Go package, Path that of the module.
	Name, Path string
	// Template is one of [Templates].
	Template string
	// Source is a folder with the source of the library, Version its version, and Requirements the modules that it needs,
	// each with its version. Without Source, Version is downloaded.
	Source, Version string
	Requirements    []string
	// Command is how the command line is called.
	Command string
}

// templates are the examples from which parsers begin.
var templates = map[string]string{"line": "mail", "tagged": "kv", "login": "vault"}

// Templates returns the names of the templates: of protocols of lines, of messages with tags, and with a login.
func Templates() []string { return slices.Sorted(maps.Keys(templates)) }

//go:embed files
var files embed.FS

// names is the form of names that are those of a Go package, and that rules and metrics take.
var names = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// taken are names that the source of an example uses for something else.
var taken = []string{
	"main", "init", "proxylib", "parsertest", "wire", "bytes", "binary", "bufio", "io", "net", "strings", "testing", "demo", "build",
	"client", "server", "text", "policy", "greeting", "denied", "transcripts", "serve", "login", "message", "request", "read", "get", "put", "remove", "ok",
}

// Check reports why the module cannot be written.
func (m *Module) Check() error {
	switch {
	case templates[m.Template] == "":
		return fmt.Errorf("template %.64q is unknown: use %s", m.Template, strings.Join(Templates(), ", "))
	case !names.MatchString(m.Name):
		return fmt.Errorf("name %.64q: want at most 32 lower-case letters and digits, a letter first", m.Name)
	case slices.Contains(taken, m.Name) || token.IsKeyword(m.Name):
		return fmt.Errorf("name %.64q has a meaning in the source: choose another", m.Name)
	case m.Path == "" || strings.ContainsAny(m.Path, " \t\r\n\"'`\\@=$"):
		return fmt.Errorf("module %.128q: want a path such as example.com/%s", m.Path, m.Name)
	}
	return nil
}

// Example returns the name of the example that the parser begins as.
func (m *Module) Example() string { return templates[m.Template] }

// Files returns the files of the module by their paths.
func (m *Module) Files() (map[string][]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for from, to := range map[string]string{
		m.Example() + ".go": m.Name + ".go", m.Example() + "_test.go": m.Name + "_test.go", "README.md": "README.md",
	} {
		text, err := examples.Parsers.ReadFile(path.Join(m.Example(), from))
		if err != nil {
			return nil, err
		}
		all[to] = []byte(m.renamed(string(text)))
	}
	for from, to := range map[string]string{
		"register.go.tmpl": "register.go", "main.go.tmpl": "demo/main.go", m.Template + ".go.tmpl": "demo/talk.go", "go.mod.tmpl": "go.mod",
		"Makefile.tmpl": "Makefile", m.Template + ".yaml.tmpl": "policy.yaml", "gitignore.tmpl": ".gitignore",
	} {
		text, err := m.execute(from)
		if err != nil {
			return nil, err
		}
		all[to] = text
	}
	tryIt, err := m.execute("README.md.tmpl")
	if err != nil {
		return nil, err
	}
	all["README.md"] = append(all["README.md"], tryIt...)
	if all["envoy.yaml"], err = m.envoyConfig(all["policy.yaml"]); err != nil {
		return nil, err
	}
	return all, formatted(all)
}

// renamed returns the source of the example with the name and the path of the module.
func (m *Module) renamed(text string) string {
	old := m.Example()
	replacements := []string{
		"// Package " + old + " is an example of ", "// Package " + m.Name + " is a parser of ",
		"package " + old, "package " + m.Name,
		examplesPath + old + `"`, m.Path + `"`,
		`"` + old + `"`, `"` + m.Name + `"`,
		old + ".Protocol", m.Name + ".Protocol",
		"Request " + old + " ", "Request " + m.Name + " ", "Denied " + old + " ", "Denied " + m.Name + " ",
		"`proto` is `" + old + "`", "`proto` is `" + m.Name + "`",
		"An example: ", "Begun as: ", " An example.\n", " A beginning.\n",
	}
	if title, rest, found := strings.Cut(text, "\n"); found && title == "# "+old {
		text = "# " + m.Name + "\n" + rest
	}
	return strings.NewReplacer(replacements...).Replace(text)
}

// examplesPath is the path of the packages of examples.
const examplesPath = "github.com/proxylib/proxylib/examples/"

func (m *Module) execute(name string) ([]byte, error) {
	text, err := files.ReadFile("files/" + name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, m)
	return out.Bytes(), err
}

// envoyConfig returns a configuration of Envoy with the policy.
func (m *Module) envoyConfig(policy []byte) ([]byte, error) {
	var filter struct {
		Policy yaml.Node `yaml:"policy"`
	}
	if err := yaml.Unmarshal(policy, &filter); err != nil {
		return nil, err
	}
	return envoyconfig.Render("envoy", &envoyconfig.Settings{
		Parser: m.Name, Policy: &filter.Policy, AccessLog: "stdout", AdminPort: 9901,
		Listen: envoyconfig.Address{Host: "127.0.0.1", Port: 10000}, Upstream: envoyconfig.Address{Host: "127.0.0.1", Port: 10001},
	})
}

// formatted brings Go files to the usual form, which depends on the length of names.
func formatted(all map[string][]byte) error {
	var errs []error
	for name, text := range all {
		if path.Ext(name) != ".go" {
			continue
		}
		formatted, err := format.Source(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		all[name] = formatted
	}
	return errors.Join(errs...)
}
