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

//go:embed clusters.yaml
var clusters string

//go:embed plugin.yaml
var plugin string

//go:embed httplistener.yaml
var httpListener string

var (
	bootstrapTemplate = parse("bootstrap", bootstrap)
	clustersTemplate  = parse("clusters", clusters)
	listenerTemplate  = parse("listener", listener)
	pluginTemplate    = parse("plugin", plugin)
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
func (c *Config) clustersFile() string  { return filepath.Join(c.Dir, "clusters.yaml") }
func (c *Config) listenerFile() string  { return filepath.Join(c.Dir, "listener.yaml") }
func (c *Config) pluginFile() string    { return filepath.Join(c.Dir, "plugin.yaml") }
func (c *Config) baseIDFile() string    { return filepath.Join(c.Dir, "base-id") }

// writeBootstrap writes the files that Envoy starts with and returns the path of the first.
func (c *Config) writeBootstrap() (string, error) {
	clusters, err := c.clusters()
	if err != nil {
		return "", err
	}
	listener, err := c.listener()
	if err != nil {
		return "", err
	}
	if c.Renewable {
		if err := c.writeClusters(c.clustersFile()); err != nil {
			return "", err
		}
	}
	if c.Watched {
		if err := c.writeListener(c.listenerFile()); err != nil {
			return "", err
		}
	}
	if c.Discovered {
		if err := c.writePlugin(); err != nil {
			return "", err
		}
	}
	var out bytes.Buffer
	err = bootstrapTemplate.Execute(&out, map[string]any{
		"Watched": c.Watched, "ListenerFile": c.listenerFile(), "Dir": c.Dir, "Listener": listener, "Clusters": clusters,
		"Renewable": c.Renewable, "ClustersFile": c.clustersFile(),
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.Dir, "envoy.yaml")
	return path, os.WriteFile(path, out.Bytes(), 0o600)
}

func (c *Config) clusters() (string, error) {
	_, port, err := net.SplitHostPort(c.Upstream)
	if err != nil {
		return "", fmt.Errorf("upstream: %w", err)
	}
	var out bytes.Buffer
	err = clustersTemplate.Execute(&out, map[string]any{
		"Renewable": c.Renewable, "UpstreamPort": port, "HTTP2Upstream": c.HTTP2Upstream, "UpstreamSocket": c.UpstreamSocket,
		"PolicySocket": c.PolicySocket, "PolicyCluster": c.policyCluster(),
	})
	return out.String(), err
}

func (c *Config) policyCluster() string {
	if c.PolicyCluster == "" {
		return "npds"
	}
	return c.PolicyCluster
}

func (c *Config) listener() (string, error) {
	plugin, err := c.plugin()
	if err != nil {
		return "", err
	}
	form := listenerTemplate
	if c.HTTP {
		form = httpTemplate
	}
	values := map[string]any{
		"Name": c.listenerName(), "Port": c.Port, "FilterName": c.filterName(), "FilterConfig": c.FilterConfig, "AsStruct": c.AsStruct, "Wasm": c.Wasm,
		"TransportSocket": c.TransportSocket, "HTTPOptions": c.HTTPOptions, "HTTP3": c.HTTP3, "HTTPFilter": c.HTTPFilter,
		"ConnectionLog": c.connectionLog(), "LogInterval": c.LogInterval, "Plugin": plugin, "Dir": c.Dir,
		"FirstFilter": c.FirstFilter,
	}
	if c.Discovered {
		values["PluginFile"] = c.pluginFile()
	}
	var out bytes.Buffer
	err = form.Execute(&out, values)
	return out.String(), err
}

func (c *Config) filterName() string {
	if c.FilterName == "" {
		return "proxylib"
	}
	return c.FilterName
}

// plugin is the configuration of a Proxy-Wasm plugin.
func (c *Config) plugin() (string, error) {
	var out bytes.Buffer
	err := pluginTemplate.Execute(&out, map[string]any{
		"FilterName": c.filterName(), "FilterConfig": c.FilterConfig, "AsStruct": c.AsStruct, "Wasm": c.Wasm,
	})
	return out.String(), err
}

// writePlugin puts the plugin into the place where Envoy discovers it.
func (c *Config) writePlugin() error {
	plugin, err := c.plugin()
	if err != nil {
		return err
	}
	return replaceFile(c.pluginFile(), "resources:\n- \"@type\": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig\n"+
		"  name: proxylib\n  typed_config:\n"+indent(4, plugin)+"\n")
}

// listenerName is another one each time that Envoy is renewed.
func (c *Config) listenerName() string {
	if c.generation == 0 {
		return "proxylib"
	}
	return fmt.Sprint("proxylib-", c.generation)
}

// writeClusters puts the clusters into the place where a watching Envoy finds them.
func (c *Config) writeClusters(path string) error {
	clusters, err := c.clusters()
	if err != nil {
		return err
	}
	return replaceFile(path, "resources:\n"+clusters)
}

// writeListener does so with the listener.
func (c *Config) writeListener(path string) error {
	listener, err := c.listener()
	if err != nil {
		return err
	}
	return replaceFile(path, "resources:\n- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener\n"+indent(2, listener)+"\n")
}

// replaceFile writes a file at once and as a whole.
func replaceFile(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
