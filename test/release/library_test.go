//go:build e2e

package release

import (
	"debug/elf"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// libraries are those of all processors, by the name of the processor.
func libraries(t *testing.T) map[string]*elf.File {
	t.Helper()
	files := map[string]*elf.File{}
	for _, arch := range architectures {
		library, err := elf.Open(filepath.Join(unpack(t, arch), "lib", "proxylib", "libproxylib.so"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { library.Close() })
		files[arch] = library
	}
	return files
}

// number makes a version such as "2.28" comparable.
func number(t *testing.T, version string) int {
	t.Helper()
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		t.Fatalf("version %q: %v", version, err)
	}
	return major<<16 | minor
}

func TestTheLibraryIsForItsProcessor(t *testing.T) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for arch, library := range libraries(t) {
		if library.Machine != machines[arch] || library.Type != elf.ET_DYN {
			t.Errorf("%s: got %v, %v", arch, library.Machine, library.Type)
		}
	}
}

func TestTheLibraryNeedsNoNewerCLibraryThanItIsBuiltFor(t *testing.T) {
	for arch, library := range libraries(t) {
		symbols, err := library.ImportedSymbols()
		if err != nil {
			t.Fatal(err)
		}
		versioned := 0
		for _, s := range symbols {
			if needs, ok := strings.CutPrefix(s.Version, "GLIBC_"); ok {
				versioned++
				if number(t, needs) > number(t, *glibc) {
					t.Errorf("%s: %s needs glibc %s, want at most %s", arch, s.Name, needs, *glibc)
				}
			}
		}
		if versioned == 0 {
			t.Errorf("%s: no symbol has a version of glibc: nothing was tested", arch)
		}
	}
}

func TestTheLibraryNeedsTheCLibraryAlone(t *testing.T) {
	// All are parts of glibc; newer ones have them in libc.so.6.
	glibcs := "libc.so.6 libpthread.so.0 libresolv.so.2 libdl.so.2 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 "
	for arch, library := range libraries(t) {
		needed, err := library.ImportedLibraries()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range needed {
			if !strings.Contains(glibcs, name+" ") {
				t.Errorf("%s: %s is needed", arch, name)
			}
		}
	}
}

func TestTheLibraryExportsWhatItsHostsCall(t *testing.T) {
	for arch, library := range libraries(t) {
		symbols, err := library.DynamicSymbols()
		if err != nil {
			t.Fatal(err)
		}
		exported := map[string]bool{}
		for _, s := range symbols {
			exported[s.Name] = s.Section != elf.SHN_UNDEF
		}
		for _, name := range []string{"OpenModule", "CloseModule", "OnNewConnection", "OnData", "Close", "envoy_dynamic_module_on_program_init"} {
			if !exported[name] {
				t.Errorf("%s: %s is not exported", arch, name)
			}
		}
	}
}

func TestTheLibraryHasNoSectionsForDebuggers(t *testing.T) {
	for arch, library := range libraries(t) {
		for _, s := range library.Sections {
			if s.Type == elf.SHT_SYMTAB || strings.HasPrefix(s.Name, ".debug_") {
				t.Errorf("%s: section %s has %d bytes", arch, s.Name, s.Size)
			}
		}
	}
}
