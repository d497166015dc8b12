package chost

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
)

// patience is the time limit for one command of the program.
const patience = time.Minute

// What is for another processor is not built here and cannot run here by itself.
var (
	foreign  = flag.String("library", "", "library for another processor, in the place of one that is built")
	compiler = flag.String("cc", "gcc", "compiler, with its flags, for the program")
	emulator = flag.String("emulator", "", "command, with its flags, that runs the program")
)

// binaries are what is built once for all tests. There is no sanitized program for another processor.
type binaries struct{ library, plain, sanitized string }

var built binaries

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "chost")
	if err != nil {
		panic(err)
	}
	if err := built.build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func (b *binaries) build(dir string) error {
	b.library = filepath.Join(dir, "libproxylib.so")
	b.plain, b.sanitized = filepath.Join(dir, "chost"), filepath.Join(dir, "chost-sanitized")
	sources, err := filepath.Glob("src/*.c")
	if err != nil {
		return err
	}
	compile := func(output string, flags ...string) error {
		command := append(strings.Fields(*compiler), "-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-o", output)
		command = append(append(append(command, flags...), sources...), "-ldl", "-lpthread")
		return run(command[0], command[1:]...)
	}
	if err := compile(b.plain, "-O2"); err != nil {
		return err
	}
	if *foreign != "" {
		b.library, b.sanitized = *foreign, ""
		return nil
	}
	// The library is not of the tests' module.
	if err := run("go", "build", "-C", "../..", "-trimpath", "-buildmode=c-shared", "-o", b.library, "./libproxylib"); err != nil {
		return err
	}
	return compile(b.sanitized, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
}

// buildLibrary builds the package in the folder as a library, for one test.
func buildLibrary(tb testing.TB, folder string, flags ...string) string {
	tb.Helper()
	library := filepath.Join(tb.TempDir(), "libproxylib.so")
	args := append([]string{"build", "-trimpath", "-buildmode=c-shared", "-o", library}, flags...)
	if err := run("go", append(args, folder)...); err != nil {
		tb.Fatal(err)
	}
	return library
}

func run(name string, args ...string) error {
	if output, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, output)
	}
	return nil
}

// program is a running chost.
type program struct {
	tb    testing.TB
	input io.WriteCloser
	lines chan string
	// log is what the program and the library in it write to standard error.
	log *logbook.Book
	// mayFail: the program may end with another status than 0.
	mayFail bool
	// end ends the program and waits until all of its log is there.
	end func()
}

// start starts a program that has loaded the library. It ends with the test and must not have crashed.
func start(tb testing.TB, binary string) *program {
	tb.Helper()
	return startWith(tb, binary, built.library)
}

// startWith starts a program that has loaded another library.
func startWith(tb testing.TB, binary, library string) *program {
	tb.Helper()
	command := append(strings.Fields(*emulator), binary, library)
	cmd := exec.Command(command[0], command[1:]...)
	// Memory that Go holds looks like a leak.
	cmd.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0")
	p := &program{tb: tb, lines: make(chan string), log: &logbook.Book{}}
	cmd.Stderr = p.log
	var err error
	if p.input, err = cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go p.read(output)
	p.end = sync.OnceFunc(func() {
		p.input.Close()
		for range p.lines {
		}
		if err := cmd.Wait(); err != nil && !p.mayFail {
			tb.Errorf("the program has ended with %v:\n%s", err, p.log)
		}
	})
	tb.Cleanup(p.end)
	return p
}

func (p *program) read(output io.Reader) {
	defer close(p.lines)
	for s := bufio.NewScanner(output); s.Scan(); {
		p.lines <- s.Text()
	}
}

// try gives a command and returns what it has printed, and whether it answered ok.
func (p *program) try(command string, args ...any) (printed []string, ok bool) {
	p.tb.Helper()
	command = fmt.Sprintf(command, args...)
	if _, err := fmt.Fprintln(p.input, command); err != nil {
		p.tb.Fatalf("%s: %v\n%s", command, err, p.log)
	}
	timeout := time.After(patience)
	for {
		select {
		case line, open := <-p.lines:
			switch {
			case !open:
				p.tb.Fatalf("%s: the program has ended:\n%s", command, p.log)
			case line == "ok" || line == "failed":
				return printed, line == "ok"
			}
			printed = append(printed, line)
		case <-timeout:
			p.tb.Fatalf("%s: no answer:\n%s", command, p.log)
		}
	}
}

// do gives a command that has to be answered with ok.
func (p *program) do(command string, args ...any) []string {
	p.tb.Helper()
	printed, ok := p.try(command, args...)
	if !ok {
		p.tb.Fatalf("%s failed:\n%s", fmt.Sprintf(command, args...), p.log)
	}
	return printed
}

// awaitLog waits until the text is in the log.
func (p *program) awaitLog(tb testing.TB, text string) {
	tb.Helper()
	await(tb, func() bool { return strings.Contains(p.log.String(), text) }, func() string {
		return fmt.Sprintf("%q is not in the log:\n%s", text, p.log)
	})
}

// await waits until a condition holds, and fails the test with a problem if it does not.
func await(tb testing.TB, holds func() bool, problem func() string) {
	tb.Helper()
	if !eventually.Within(eventually.Limit, holds) {
		tb.Fatal(problem())
	}
}
