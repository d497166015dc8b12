package builder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// wasiFunctions are those of WASI that Envoy provides since 1.33. poll_oneoff, which is not among them, ends a plugin there, and
// sched_yield does while a module begins.
var wasiFunctions = []string{
	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get", "fd_close", "fd_fdstat_get",
	"fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get", "fd_read", "fd_seek", "fd_write", "path_open", "proc_exit",
	"random_get",
}

// What of a module is read. Source: https://webassembly.github.io/spec/core/binary/modules.html.
const (
	wasmMagic       = "\x00asm\x01\x00\x00\x00"
	sectionImport   = 2
	importFunction  = 0
	moduleOfWASI    = "wasi_snapshot_preview1"
	moduleOfEnvoy   = "env"
	prefixOfEnvoy   = "proxy_"
	maxNameOfImport = 100
)

var errModule = errors.New("this is not a WebAssembly module")

// CheckImports reports what a module imports that Envoy 1.33 to 1.40 does not provide to a plugin, or that ends one.
func CheckImports(module []byte) error {
	rest, ok := bytes.CutPrefix(module, []byte(wasmMagic))
	if !ok {
		return errModule
	}
	for len(rest) > 0 {
		kind := rest[0]
		length, n := binary.Uvarint(rest[1:])
		if n <= 0 || length > uint64(len(rest)-1-n) {
			return errModule
		}
		section := rest[1+n:][:length]
		rest = rest[1+n+int(length):]
		if kind == sectionImport {
			return checkImportSection(section)
		}
	}
	return nil
}

func checkImportSection(section []byte) error {
	count, n := binary.Uvarint(section)
	if n <= 0 {
		return errModule
	}
	section = section[n:]
	var wrong []string
	for range count {
		var from, name string
		var ok bool
		if from, section, ok = readName(section); !ok {
			return errModule
		}
		if name, section, ok = readName(section); !ok || len(section) < 2 || section[0] != importFunction {
			return errModule
		}
		if _, n := binary.Uvarint(section[1:]); n > 0 {
			section = section[1+n:]
		}
		if !provided(from, name) {
			wrong = append(wrong, from+"."+name)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the module imports what Envoy does not provide to plugins in every version since 1.33: %s: "+
			"parsers must not import net, net/http, net/textproto, and must not open files", strings.Join(wrong, ", "))
	}
	return nil
}

func readName(b []byte) (name string, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > maxNameOfImport || length > uint64(len(b)-n) {
		return "", nil, false
	}
	return string(b[n:][:length]), b[n+int(length):], true
}

func provided(from, name string) bool {
	switch from {
	case moduleOfEnvoy:
		return strings.HasPrefix(name, prefixOfEnvoy)
	case moduleOfWASI:
		return slices.Contains(wasiFunctions, name)
	}
	return false
}
