//go:build e2e

package newcomer

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// nobody is the user, and the group, that the pages are followed as if the test has been started by root.
const nobody = 65534

// published is where the pages clone the repository from.
const published = "https://github.com/proxylib/proxylib"

// ports are those that the pages have. Free ones take their places, in what is typed and in what is printed.
var ports = regexp.MustCompile(`\b(11211|9901|1000[0-3])\b`)

// reader follows a page in a shell, in an empty folder with a home and caches of its own.
type reader struct {
	*testing.T
	// dir is the folder of everything, root the checkout.
	dir, root string
	ports     map[string]string
	in        io.Writer
	out       *bufio.Reader
}

func newReader(t *testing.T) *reader {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "newcomer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exec.Command("chmod", "-R", "u+w", dir).Run(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	r := &reader{T: t, dir: dir, root: root, ports: map[string]string{}}
	for _, below := range []string{"home", "cache", "empty", "tmp"} {
		r.must(os.Mkdir(filepath.Join(dir, below), 0o755))
	}
	r.command("git", "clone", "-q", "--bare", root, filepath.Join(dir, "published.git"))
	for _, brought := range []string{"envoy/" + *version, "python"} {
		r.share(brought)
	}
	if os.Getuid() == 0 {
		r.command("chown", "-R", fmt.Sprintf("%d:%d", nobody, nobody), dir)
	}
	r.shell()
	return r
}

func (r *reader) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *reader) command(name string, args ...string) string {
	r.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		r.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// share copies what the scripts have downloaded, as if the user had, so that no test depends on a network.
func (r *reader) share(link string) {
	r.Helper()
	path, err := filepath.EvalSymlinks(filepath.Join(r.root, "build", link))
	r.must(err)
	for filepath.Base(filepath.Dir(path)) != "proxylib-test" && filepath.Dir(path) != os.Getenv("PROXYLIB_TEST_CACHE") {
		path = filepath.Dir(path)
		if path == "/" {
			r.Fatalf("build/%s is not in the cache of test/deps", link)
		}
	}
	r.command("cp", "-a", path, filepath.Join(r.dir, "cache"))
}

// modules serves the modules that the go command has downloaded, as a proxy does. Others come from where they come from for us.
func (r *reader) modules() string {
	cache := filepath.Join(r.command("go", "env", "GOMODCACHE"), "cache", "download")
	server := httptest.NewServer(http.FileServer(http.Dir(cache)))
	r.Cleanup(server.Close)
	return server.URL + "," + r.command("go", "env", "GOPROXY")
}

// shell starts the shell that all blocks of a page are typed into.
func (r *reader) shell() {
	r.Helper()
	goRoot := r.command("go", "env", "GOROOT")
	shell := exec.Command("bash", "--noprofile", "--norc")
	shell.Dir = filepath.Join(r.dir, "empty")
	shell.Env = []string{
		"PATH=" + goRoot + "/bin:/usr/local/bin:/usr/bin:/bin", "HOME=" + filepath.Join(r.dir, "home"), "TMPDIR=" + filepath.Join(r.dir, "tmp"),
		"GOPROXY=" + r.modules(), "GOSUMDB=off", "GOTOOLCHAIN=local", "PROXYLIB_TEST_CACHE=" + filepath.Join(r.dir, "cache"),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url." + filepath.Join(r.dir, "published.git") + ".insteadOf", "GIT_CONFIG_VALUE_0=" + published,
	}
	// How a network is reached, and who is trusted there, is a matter of the machine.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, set := os.LookupEnv(name); set {
			shell.Env = append(shell.Env, name+"="+value)
		}
	}
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		shell.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	in, err := shell.StdinPipe()
	r.must(err)
	out, err := shell.StdoutPipe()
	r.must(err)
	shell.Stderr = shell.Stdout
	r.must(shell.Start())
	stop := func() { _ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	late := time.AfterFunc(patience, stop)
	r.in, r.out = in, bufio.NewReader(out)
	r.Cleanup(func() {
		late.Stop()
		stop()
		_ = shell.Wait()
	})
}

// enter types a block, and returns what was printed until it has ended.
func (r *reader) enter(block string) string {
	r.Helper()
	const end = "--- the block has ended:"
	// What runs in the background must not read what is typed.
	_, err := fmt.Fprintf(r.in, "{\n%s\n} </dev/null\necho; echo '%s' $?\n", block, end)
	r.must(err)
	var printed strings.Builder
	for {
		line, err := r.out.ReadString('\n')
		if status, ended := strings.CutPrefix(line, end); ended {
			if strings.TrimSpace(status) != "0" {
				r.Fatalf("this fails:\n%s\nand prints:\n%s", block, printed.String())
			}
			return strings.TrimSuffix(printed.String(), "\n")
		}
		printed.WriteString(line)
		if err != nil {
			r.Fatalf("the shell has ended in:\n%s\nwhich prints:\n%s", block, printed.String())
		}
	}
}

var blocks = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$")

// follow types all shell blocks of a page, and compares what they print with the block of text that follows.
func (r *reader) follow(page string) {
	r.Helper()
	text, err := os.ReadFile(filepath.Join(r.root, page))
	r.must(err)
	typed, printed := "", ""
	for _, block := range blocks.FindAllStringSubmatch(r.withFreePorts(string(text)), -1) {
		if block[1] == "sh" {
			typed = block[2]
			printed = r.enter(typed)
			continue
		}
		if !shown(block[2]).MatchString(printed) {
			r.Fatalf("%s: after\n%s\nthe page shows\n%s\nand this is printed:\n%s", page, typed, block[2], printed)
		}
	}
	if typed == "" {
		r.Fatalf("%s has no commands", page)
	}
}

// withFreePorts returns a page with ports that nothing listens on.
func (r *reader) withFreePorts(page string) string {
	return ports.ReplaceAllStringFunc(page, func(port string) string {
		if r.ports[port] == "" {
			free, err := envoy.FreePort()
			r.must(err)
			r.ports[port] = fmt.Sprint(free)
		}
		return r.ports[port]
	})
}

// shown is what a page shows, as an expression for what is printed: the whole of it, with anything in the place of "…".
func shown(text string) *regexp.Regexp {
	parts := strings.Split(strings.TrimSpace(text), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^\s*` + strings.ReplaceAll(strings.Join(parts, ".*?"), "\n", `\s*\n`) + `\s*$`)
}

// A reader of both pages builds the library once, as most of it is in their cache at the second.
func TestPagesForNewcomersDoWhatTheySay(t *testing.T) {
	r := newReader(t)
	for _, page := range []string{"docs/quick-start.md", "docs/first-parser.md"} {
		r.enter("exec 3>&- 4>&-\ncd \"$(mktemp -d)\"")
		r.follow(page)
	}
}
