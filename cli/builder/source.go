package builder

import (
	"os"
	"path/filepath"
	"regexp"
)

// Proxylib is the path of the module of the library.
const Proxylib = "github.com/proxylib/proxylib"

// Checkout returns the absolute path of the folder with the source of the library that one of some places is in; empty if none
// is.
func Checkout(places ...string) string {
	for _, place := range places {
		folder, err := filepath.Abs(place)
		if err != nil || place == "" {
			continue
		}
		for ; ; folder = filepath.Dir(folder) {
			if path, err := modulePath(folder); err == nil && path == Proxylib {
				return folder
			}
			if filepath.Dir(folder) == folder {
				break
			}
		}
	}
	return ""
}

// Places returns where a checkout is looked for: the current folder, and that of this program.
func Places() (places []string) {
	if folder, err := os.Getwd(); err == nil {
		places = append(places, folder)
	}
	if program, err := os.Executable(); err == nil {
		if whole, err := filepath.EvalSymlinks(program); err == nil {
			program = whole
		}
		places = append(places, filepath.Dir(program))
	}
	return places
}

// published is the form of versions that can be downloaded.
var published = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// Published reports whether a version is one that can be downloaded: a build from a changed checkout has none.
func Published(version string) bool { return published.MatchString(version) }
