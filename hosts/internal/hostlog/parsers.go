package hostlog

import (
	"runtime/debug"

	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/proxylib"
)

// Parsers returns the names of the parsers that are built in, with the version of each that is not of this module.
func Parsers() (list []string) {
	info, ok := debug.ReadBuildInfo()
	for _, name := range proxylib.ParserNames() {
		if ok {
			path, version := buildinfo.ModuleOf(info, proxylib.Registered(name).Package())
			if !buildinfo.Own(path) && version != "" {
				name += "@" + version
			}
		}
		list = append(list, name)
	}
	return list
}
