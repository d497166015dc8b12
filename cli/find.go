package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// The environment variables that hold for the flags --envoy and --library.
const (
	envoyVariable   = "PROXYLIB_ENVOY"
	libraryVariable = "PROXYLIB_LIBRARY"
)

// libraryName is the name of the file by which Envoy knows the module proxylib.
const libraryName = "libproxylib.so"

// builds are the folders in which make and packages put things, seen from the current one and from this command.
func builds() (folders []string) {
	folders = []string{"build"}
	if program, err := os.Executable(); err == nil {
		if whole, err := filepath.EvalSymlinks(program); err == nil {
			program = whole
		}
		folder := filepath.Dir(program)
		folders = append(folders, folder, filepath.Join(folder, "..", "lib"), filepath.Join(folder, "..", "lib", "proxylib"))
	}
	return folders
}

// findLibrary returns the path of the library: the one that is named, or else one that is where it usually is.
func findLibrary(named string) (string, error) {
	if named == "" {
		named = os.Getenv(libraryVariable)
	}
	candidates := []string{named}
	if named == "" {
		candidates = nil
		for _, folder := range builds() {
			candidates = append(candidates, filepath.Join(folder, libraryName))
		}
	}
	for _, path := range candidates {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return filepath.Abs(path)
		}
	}
	if named != "" {
		return "", fmt.Errorf("--library: %s is not a file", named)
	}
	return "", fmt.Errorf("there is no %s in build: make one with proxylib build or make all, or name it with --library", libraryName)
}

// findEnvoy returns the path of the program Envoy: the one that is named, or else the newest that make deps has brought, or
// that of the PATH.
func findEnvoy(named string) (string, error) {
	if named == "" {
		named = os.Getenv(envoyVariable)
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("--envoy: %w", err)
		}
		return filepath.Abs(path)
	}
	for _, folder := range builds() {
		found, _ := filepath.Glob(filepath.Join(folder, "envoy", "*", "envoy"))
		slices.Sort(found)
		for _, path := range slices.Backward(found) {
			if _, err := os.Stat(path); err == nil {
				return filepath.Abs(path)
			}
		}
	}
	path, err := exec.LookPath("envoy")
	if err != nil {
		return "", fmt.Errorf("there is no Envoy in the PATH: install one of 1.37 to 1.40, or name it with --envoy")
	}
	return filepath.Abs(path)
}
