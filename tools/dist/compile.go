package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// stamped is the package with the variables that say what a release was built from.
const stamped = "github.com/proxylib/proxylib/internal/buildinfo"

// linkerFlags have the linker write version and revision, and neither symbols nor debug information: Go's own traces need
// neither.
func (r *release) linkerFlags() string {
	const form = "-s -w -X %[1]s.releaseVersion=v%[2]s -X %[1]s.releaseRevision=%[3]s -X %[1]s.releaseModified=%[4]t"
	return fmt.Sprintf(form, stamped, r.version, r.commit, r.modified)
}

// architecture is a processor, by the names that Go and zig have for it.
type architecture struct{ goarch, zig string }

var architectures = []architecture{{"amd64", "x86_64"}, {"arm64", "aarch64"}}

// compiler compiles and links C for another processor and an older glibc.
type compiler struct{ zig, glibc string }

// environment has Go use the compiler. No flag asks for debug information, which would undo the stripping; nothing of the
// caller's environment may change what comes out.
func (c compiler) environment(a architecture) []string {
	return append(os.Environ(),
		"GOOS=linux", "GOARCH="+a.goarch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOEXPERIMENT=",
		fmt.Sprintf("CC=%s cc -target %s-linux-gnu.%s", c.zig, a.zig, c.glibc),
		"CGO_CFLAGS=-O2", "CGO_LDFLAGS=-O2", "CGO_CPPFLAGS=",
	)
}

// build is what was compiled for one processor.
type build struct {
	arch             string
	library, program []byte
	// paths are where both are.
	paths []string
}

// compile compiles the library and the program for every processor, below a folder in which Go finds again what has not
// changed.
func (r *release) compile(c compiler, folder string) (builds []build, err error) {
	for _, a := range architectures {
		// Without C the program runs on any Linux, and in an image that holds nothing else.
		program := filepath.Join(folder, "linux-"+a.goarch, name)
		if err := r.goBuild(append(c.environment(a), "CGO_ENABLED=0"), r.linkerFlags(), "-o", program, "./cmd/proxylib"); err != nil {
			return nil, err
		}
		builds = append(builds, build{arch: a.goarch, paths: []string{program}})
	}
	contents, err := listParsers(builds)
	if err != nil {
		return nil, err
	}
	for i, a := range architectures {
		b := &builds[i]
		library := filepath.Join(folder, "linux-"+a.goarch, "libproxylib.so")
		environment, flags := append(c.environment(a), "CGO_ENABLED=1"), r.linkerFlags()+" "+contents
		if err := r.goBuild(environment, flags, "-buildmode=c-shared", "-o", library, "./libproxylib"); err != nil {
			return nil, err
		}
		b.paths = append(b.paths, library)
		if b.program, err = os.ReadFile(b.paths[0]); err != nil {
			return nil, err
		}
		if b.library, err = os.ReadFile(library); err != nil {
			return nil, err
		}
	}
	return builds, nil
}

// listParsers returns the flag of the linker that puts a list of the parsers into a library, as the program for this machine
// writes it.
func listParsers(builds []build) (string, error) {
	program, err := here(builds)
	if err != nil {
		return "", err
	}
	return output(exec.Command(program, "parsers", "--ldflags"))
}

// here returns the path of the program for this machine.
func here(builds []build) (string, error) {
	for _, b := range builds {
		if b.arch == runtime.GOARCH {
			return b.paths[0], nil
		}
	}
	return "", fmt.Errorf("a release is made on a processor that it is for, which %s is not", runtime.GOARCH)
}

// goBuild runs go build with what all builds of a release have in common: no paths of this machine, and nothing that Go would
// find out by itself from a clone and not from a worktree.
func (r *release) goBuild(environment []string, linkerFlags string, args ...string) error {
	command := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + linkerFlags}, args...)...)
	command.Dir, command.Env = r.source, environment
	if _, err := command.Output(); err != nil {
		return failure("go build", err)
	}
	return nil
}
