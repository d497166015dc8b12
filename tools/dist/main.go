// Dist makes all that a release consists of: for each processor a tar archive and a package of Debian, an image of the
// policy server, the Proxy-Wasm plugin, also as an image, a bill of materials, and checksums. The same commit, Go and C
// compiler give the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var options options
	flag.StringVar(&options.version, "version", "", "version of the release, such as 1.2.3 or 1.2.3-rc.1")
	flag.StringVar(&options.source, "source", "../..", "root of the work tree")
	flag.StringVar(&options.into, "into", "", "folder for the release; what it holds is removed")
	flag.StringVar(&options.binaries, "binaries", "", "folder for what is compiled")
	flag.StringVar(&options.zig, "zig", "zig", "the C compiler")
	flag.StringVar(&options.glibc, "glibc", "2.28", "version of glibc that the library is linked for")
	flag.Parse()
	if err := run(options); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct{ version, source, into, binaries, zig, glibc string }

func run(o options) error {
	release, err := newRelease(o.version, o.source)
	if err != nil {
		return err
	}
	c := compiler{zig: o.zig, glibc: o.glibc}
	builds, err := release.compile(c, o.binaries)
	if err != nil {
		return err
	}
	plugin, err := release.compilePlugin(c, builds, o.binaries)
	if err != nil {
		return err
	}
	return release.write(builds, plugin, o.into)
}
