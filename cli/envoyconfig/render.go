package envoyconfig

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed *.yaml
var files embed.FS

// forms are the templates of the forms in which a configuration is written.
var forms = map[string]string{
	"envoy": "envoy.yaml", "istio": "istio.yaml", "gateway": "gateway.yaml", "kubernetes": "kubernetes.yaml",
}

// Forms returns the names of the forms.
func Forms() []string { return slices.Sorted(maps.Keys(forms)) }

// Render returns the configuration in a form. Those of meshes take no policy file, for which they have no place.
func Render(form string, s *Settings) ([]byte, error) {
	name, known := forms[form]
	if !known {
		return nil, fmt.Errorf("want one of %s", strings.Join(Forms(), ", "))
	}
	if !s.Inline() && form != "envoy" {
		return nil, errors.New("the policy must be in the configuration itself: give one with allow and deny")
	}
	t := template.New("")
	t.Funcs(template.FuncMap{
		// quote joins texts in a form that YAML takes for nothing else.
		"quote": func(parts ...string) string { return strconv.Quote(strings.Join(parts, "")) },
		"part": func(indent int, name string) (string, error) {
			var out bytes.Buffer
			err := t.ExecuteTemplate(&out, name, s)
			return indented(indent, out.String()), err
		},
		"filterConfig": func(indent int) (string, error) {
			text, err := s.FilterConfig()
			return indented(indent, text), err
		},
		// inPod is the bootstrap of a sidecar, whose server is in the same pod.
		"inPod": func(indent int) (string, error) {
			pod := *s
			pod.Listen.Host, pod.Upstream.Host = "0.0.0.0", "127.0.0.1"
			text, err := Render("envoy", &pod)
			return indented(indent, string(text)), err
		},
	})
	if _, err := t.ParseFS(files, "*.yaml"); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err := t.ExecuteTemplate(&out, name, s)
	return out.Bytes(), err
}

// indented indents all lines but the first, whose place is that of the action.
func indented(by int, text string) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+strings.Repeat(" ", by))
}
