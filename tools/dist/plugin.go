package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The image of the Proxy-Wasm plugin has the form "compat" of https://github.com/solo-io/wasm/tree/master/spec, which Istio and
// others read: its annotation, and the name of the only file.
const (
	pluginForm = "module.wasm.image/variant"
	pluginFile = "plugin.wasm"
)

// compilePlugin builds the Proxy-Wasm plugin with the program for this machine, as its users would.
func (r *release) compilePlugin(c compiler, builds []build, folder string) ([]byte, error) {
	program, err := here(builds)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(folder, name+".wasm"))
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, "build", "--wasm", "--source", r.source, "-o", path)
	command.Env = c.environment(architecture{goarch: runtime.GOARCH})
	if _, err := output(command); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// writePlugin writes an archive with an image layout, whose image holds the plugin alone.
func (r *release) writePlugin(into string, plugin []byte) error {
	image, err := r.pluginImage(plugin)
	if err != nil {
		return err
	}
	return r.writeLayout(into, func(p layout.Path, reference layout.Option) error { return p.AppendImage(image, reference) })
}

// pluginImage has one layer, as the form demands, with one file in it.
func (r *release) pluginImage(plugin []byte) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "wasip1", Architecture: "wasm", Created: v1.Time{Time: r.time}, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Labels: r.labels()},
	})
	if err != nil {
		return nil, err
	}
	layer, err := r.layer([]file{{path: pluginFile, mode: 0o644, data: plugin}})
	if err != nil {
		return nil, err
	}
	history := v1.History{Created: v1.Time{Time: r.time}, CreatedBy: "tools/dist"}
	if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: history, MediaType: types.OCILayer}); err != nil {
		return nil, err
	}
	labels := r.labels()
	labels[pluginForm] = "compat"
	return mutate.Annotations(image, labels).(v1.Image), nil
}
