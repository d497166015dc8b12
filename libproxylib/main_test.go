package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
)

// asChild is set in a child process, in which only what the library imports has run.
const asChild = "PROXYLIB_TEST_IMPORT"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		fmt.Print(strings.Join(changed(), "\n"))
		return
	}
	os.Exit(m.Run())
}

// changed lists what of the process is not as Go makes it.
func changed() (list []string) {
	note := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("%s: %v, want %v", what, got, want))
		}
	}
	processors := runtime.GOMAXPROCS(0)
	runtime.SetDefaultGOMAXPROCS()
	note("GOMAXPROCS", processors, runtime.GOMAXPROCS(0))
	percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(percent)
	note("GOGC", percent[0].Value.Uint64(), uint64(100))
	note("memory limit", debug.SetMemoryLimit(-1), int64(1<<63-1))
	note("goroutines", runtime.NumGoroutine(), 1)
	note("level of logrus", logrus.GetLevel(), logrus.InfoLevel)
	return list
}

func TestImportingTheLibraryChangesNothingInTheProcess(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "GOGC=") || strings.HasPrefix(variable, "GOMAXPROCS=") ||
			strings.HasPrefix(variable, "GOMEMLIMIT=")
	}), asChild+"=1")
	if out, err := child.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%s%v", out, err)
	}
}
