package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// The places of zsh's functions: those of the distribution have a folder of their own.
const (
	zshFunction       = "share/zsh/site-functions/_proxylib"
	debianZshFunction = "share/zsh/vendor-completions/_proxylib"
)

// maintainer is whom Debian's tools name.
const maintainer = "The proxylib maintainers <maintainers@proxylib.invalid>"

// installed is where a package puts a file.
func installed(path string) string {
	switch {
	case strings.HasPrefix(path, "etc/"):
		return "/" + path
	case path == zshFunction:
		path = debianZshFunction
	}
	return "/usr/" + path
}

// writePackage writes the package of Debian for a processor.
func (r *release) writePackage(into, arch string, list []file) error {
	staging, err := os.MkdirTemp("", "dist")
	if err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	info := &nfpm.Info{
		Name: name, Arch: arch, Platform: "linux", Version: r.version, MTime: r.time, Section: "net", Priority: "optional",
		Maintainer: maintainer, Homepage: homepage, Description: summary + "\n" + description,
		Overridables: nfpm.Overridables{Depends: []string{"libc6 (>= 2.28)"}},
	}
	if info.Contents, err = r.stage(staging, list); err != nil {
		return err
	}
	if err := stageScripts(staging, &info.Scripts); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := deb.Default.Package(nfpm.WithDefaults(info), &out); err != nil {
		return err
	}
	return create(filepath.Join(into, deb.Default.ConventionalFileName(info)), func(w io.Writer) error {
		_, err := w.Write(out.Bytes())
		return err
	})
}

// description is what Debian's tools print below the summary.
const description = `libproxylib.so loads into a stock Envoy as a dynamic module, or into Cilium's
Envoy, and applies policies to each request of memcached, Cassandra and Redis.
The program proxylib checks and explains policies, and serves them to proxies
with "proxylib serve", for which there is a unit of systemd that is not
enabled.`

// stage writes files into a folder, from which they are packed.
func (r *release) stage(folder string, list []file) (contents files.Contents, err error) {
	for _, f := range list {
		c := &files.Content{
			Destination: installed(f.path), FileInfo: &files.ContentFileInfo{Mode: f.mode.Perm(), MTime: r.time, Owner: "root", Group: "root"},
		}
		contents = append(contents, c)
		if f.mode.IsDir() {
			c.Type = files.TypeDir
			continue
		}
		if strings.HasPrefix(f.path, "etc/") {
			// What the administrator has changed is kept.
			c.Type = files.TypeConfig
		}
		c.Source = filepath.Join(folder, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(c.Source), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(c.Source, f.data, f.mode.Perm()); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// stageScripts writes the scripts that run when the package is installed, upgraded and removed.
func stageScripts(folder string, scripts *nfpm.Scripts) error {
	for name, path := range map[string]*string{
		"postinst": &scripts.PostInstall, "prerm": &scripts.PreRemove, "postrm": &scripts.PostRemove,
	} {
		text, err := fixed.ReadFile("files/" + name)
		if err != nil {
			return err
		}
		*path = filepath.Join(folder, name)
		if err := os.WriteFile(*path, text, 0o755); err != nil {
			return err
		}
	}
	return nil
}
