package buildinfo

import (
	"runtime/debug"
	"strings"
)

// module is the path of this module.
const module = "github.com/proxylib/proxylib"

// What the linker writes into a release (-X), which Go's own information would be different for in a clone, a worktree and
// an archive. All are empty in any other build.
var (
	releaseVersion, releaseRevision string
	// releaseModified is "true" where the source was not exactly that of the revision.
	releaseModified string
)

// Info is what the Go toolchain has written into a build.
type Info struct {
	// Version is that of this module, also in a build that has it as a dependency.
	Version string `json:"version"`
	// Revision is the commit; empty where the build does not know it.
	Revision string `json:"revision,omitempty"`
	// Modified: the source was not exactly that of the revision.
	Modified bool `json:"modified"`
	// Go is the version of the toolchain.
	Go string `json:"go"`
}

// Read returns what this build knows of itself. It reports false where it knows nothing.
func Read() (Info, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Info{}, false
	}
	build := Of(info)
	if releaseVersion != "" {
		build.Version, build.Revision, build.Modified = releaseVersion, releaseRevision, releaseModified == "true"
	}
	return build, true
}

// Of returns what a build knows of itself.
func Of(info *debug.BuildInfo) Info {
	for _, d := range info.Deps {
		if d.Path == module {
			// The revision is that of the main module.
			return Info{Version: d.Version, Go: info.GoVersion}
		}
	}
	return Info{
		Version: info.Main.Version, Revision: setting(info, "vcs.revision"),
		Modified: setting(info, "vcs.modified") == "true", Go: info.GoVersion,
	}
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// String returns one line: "proxylib", version, revision and toolchain.
func (i Info) String() string {
	line := "proxylib " + i.Version
	if i.Revision != "" {
		line += " revision " + i.Revision
	}
	if i.Modified {
		line += " (modified)"
	}
	return line + " " + i.Go
}

// Short returns version and revision, in few characters.
func (i Info) Short() string {
	if i.Revision == "" {
		return i.Version
	}
	return i.Version + " " + i.Revision[:min(len(i.Revision), shortRevision)]
}

// shortRevision is the length of a revision in a metric and in a short text.
const shortRevision = 12

// Metric returns version and revision as two parts of the name of a metric, with a dot between them and none inside.
func (i Info) Metric() string {
	version, revision := plain(i.Version), plain(i.Revision)
	if version == "" {
		version = "unknown"
	}
	if revision == "" {
		revision = "unknown"
	}
	return version + "." + revision[:min(len(revision), shortRevision)]
}

// plain replaces what would be read as a part of a name of its own, or may not be in one.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, s)
}

// ModuleOf returns the module of a build that holds a package, and its version: with "+local" where the module comes from a
// folder. Both are empty for a package of no module, such as one of a test.
func ModuleOf(info *debug.BuildInfo, importPath string) (path, version string) {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if len(m.Path) > len(path) && (importPath == m.Path || strings.HasPrefix(importPath, m.Path+"/")) {
			path, version = m.Path, m.Version
			if m.Replace != nil {
				if version = m.Replace.Version; version == "" || version == "(devel)" {
					version = m.Version + "+local"
				}
			}
		}
	}
	return path, version
}

// Own reports whether a module is this one.
func Own(path string) bool { return path == module }
