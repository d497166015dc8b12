package envoy

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed bootstrap.yaml
var bootstrap string

//go:embed listener.yaml
var listener string

//go:embed httplistener.yaml
var httpListener string

var (
	bootstrapTemplate = parse("bootstrap", bootstrap)
	listenerTemplate  = parse("listener", listener)
	httpTemplate      = parse("httplistener", httpListener)
)

func parse(name, text string) *template.Template {
	functions := template.FuncMap{"quote": quote, "indent": indent}
	return template.Must(template.New(name).Funcs(functions).Parse(text))
}

// quote makes a text a JSON string, which is a YAML one as well.
func quote(text string) (string, error) {
	quoted, err := json.Marshal(text)
	return string(quoted), err
}

func indent(by int, text string) string {
	space := strings.Repeat(" ", by)
	return space + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+space)
}

func (c *Config) connectionLog() string { return filepath.Join(c.Dir, "connections.log") }
func (c *Config) listenerFile() string  { return filepath.Join(c.Dir, "listener.yaml") }
func (c *Config) baseIDFile() string    { return filepath.Join(c.Dir, "base-id") }

// writeBootstrap writes the files that Envoy starts with and returns the path of the first.
func (c *Config) writeBootstrap() (string, error) {
	_, port, err := net.SplitHostPort(c.Upstream)
	if err != nil {
		return "", fmt.Errorf("upstream: %w", err)
	}
	listener, err := c.listener()
	if err != nil {
		return "", err
	}
	if c.Watched {
		if err := c.writeListener(); err != nil {
			return "", err
		}
	}
	var out bytes.Buffer
	err = bootstrapTemplate.Execute(&out, map[string]any{
		"Watched": c.Watched, "ListenerFile": c.listenerFile(), "Dir": c.Dir, "Listener": listener, "UpstreamPort": port, "HTTP2Upstream": c.HTTP2Upstream,
		"UpstreamSocket": c.UpstreamSocket, "PolicySocket": c.PolicySocket,
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.Dir, "envoy.yaml")
	return path, os.WriteFile(path, out.Bytes(), 0o600)
}

func (c *Config) listener() (string, error) {
	filter := c.FilterName
	if filter == "" {
		filter = "proxylib"
	}
	var out bytes.Buffer
	form := listenerTemplate
	if c.HTTP {
		form = httpTemplate
	}
	err := form.Execute(&out, map[string]any{
		"Port": c.Port, "FilterName": filter, "FilterConfig": c.FilterConfig, "AsStruct": c.AsStruct, "Wasm": c.Wasm,
		"TransportSocket": c.TransportSocket, "HTTPOptions": c.HTTPOptions, "HTTP3": c.HTTP3, "HTTPFilter": c.HTTPFilter,
		"ConnectionLog": c.connectionLog(), "LogInterval": c.LogInterval,
	})
	return out.String(), err
}

// writeListener puts the listener into the place where a watching Envoy finds it, at once and as a whole.
func (c *Config) writeListener() error {
	listener, err := c.listener()
	if err != nil {
		return err
	}
	text := "resources:\n- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener\n" + indent(2, listener) + "\n"
	if err := os.WriteFile(c.listenerFile()+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(c.listenerFile()+".new", c.listenerFile())
}
