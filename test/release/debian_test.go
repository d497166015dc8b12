//go:build e2e

package release

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// cleanDebian unpacks a minimal Debian, in which nothing is but what every Debian has, and puts our package beside it.
func cleanDebian(t *testing.T, folder string) {
	t.Helper()
	if *debian == "" {
		t.Fatal("-debian is missing: it is what test/deps/release prints")
	}
	run(t, "tar", "-xpf", *debian, "-C", folder)
	run(t, "cp", debianPackage(t, "amd64"), filepath.Join(folder, "proxylib.deb"))
}

// installPackage installs the package there.
func installPackage(t *testing.T, folder string) {
	t.Helper()
	run(t, "chroot", folder, "dpkg", "--force-unsafe-io", "--install", "/proxylib.deb")
}

// installedDebian is a Debian with the package, which is shared.
func installedDebian(t *testing.T) string {
	t.Helper()
	return once(t, "debian", func(folder string) {
		cleanDebian(t, folder)
		installPackage(t, folder)
	})
}

func TestThePackageServesInAnEnvoyOfACleanDebian(t *testing.T) {
	folder := installedDebian(t)
	run(t, "cp", filepath.Join(root(t), "build", "envoy", *envoyVersion, "envoy"), filepath.Join(folder, "envoy"))
	memcached, err := envoy.StartMemcached(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { memcached.Stop() })
	addr := freeAddress(t)
	writeExample(t, folder, memcached.Addr, addr)
	command := exec.Command("chroot", folder, "/envoy", "-c", "/envoy.yaml", "--disable-hot-restart", "--concurrency", "2")
	command.Env = []string{"PATH=/usr/bin", "ENVOY_DYNAMIC_MODULES_SEARCH_PATH=/usr/lib/proxylib"}
	process, err := envoy.Run(command, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := process.Until(30*time.Second, func() bool { return listens(addr) }); err != nil {
		t.Fatal(err)
	}
	requireVerdicts(t, addr)
	if !strings.Contains(process.Log(), commit(t)) {
		t.Errorf("%q is not in the log:\n%s", commit(t), process.Log())
	}
}

// writeExample writes the example that the package has, with other addresses.
func writeExample(t *testing.T, folder, upstream, addr string) {
	t.Helper()
	examples := "/usr/share/doc/proxylib/examples/"
	text, err := os.ReadFile(filepath.Join(folder, examples, "envoy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(
		"port_value: 9901", "port_value: 0", "port_value: 11212", "port_value: "+port(t, addr),
		"port_value: 11211", "port_value: "+port(t, upstream), "file: policy.yaml", "file: "+examples+"policy.yaml",
	).Replace(string(text))
	if err := os.WriteFile(filepath.Join(folder, "envoy.yaml"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

func port(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// freeAddress is an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func TestTheUnitIsAValidAndHardenedOne(t *testing.T) {
	folder := installedDebian(t)
	requireUnit(t, folder, "/usr/lib/systemd/system/proxylib.service")
	// The threshold is ten times the level that systemd prints, from 0 to 100. A part of it is that it serves a network.
	run(t, "systemd-analyze", "security", "--root="+folder, "--offline=true", "--threshold=13", "proxylib.service")
	out, err := exec.Command("systemctl", "--root="+folder, "is-enabled", "proxylib.service").CombinedOutput()
	if string(out) != "disabled\n" {
		t.Errorf("got %q, %v, want the unit disabled", out, err)
	}
}

// requireUnit requires that systemd finds nothing wrong with a unit.
func requireUnit(t *testing.T, folder, path string) {
	t.Helper()
	quiet(t, "systemd-analyze", "verify", "--man=no", "--root="+folder, path)
}

// defaults are the flags in the file that the unit reads.
func defaults(t *testing.T, folder string) []string {
	t.Helper()
	script := `. "$1"; echo $PROXYLIB_SERVE_FLAGS`
	return strings.Fields(run(t, "sh", "-c", script, "sh", filepath.Join(folder, "etc/default/proxylib")))
}

func TestTheServerRunsWithItsDefaultsAsAUserWhoMayDoNothing(t *testing.T) {
	folder := installedDebian(t)
	flags := defaults(t, folder)
	if len(flags) == 0 {
		t.Fatal("the file of defaults has no flags")
	}
	requireServer(t, exec.Command("chroot", append([]string{
		"--userspec=65534:65534", folder, "/usr/bin/proxylib", "serve", "--state", "/tmp/proxylib.db",
	}, flags...)...))
}

// requireServer runs a policy server on free ports, asks it for its status, and has it end.
func requireServer(t *testing.T, command *exec.Cmd) {
	t.Helper()
	api := freeAddress(t)
	command.Args = append(command.Args, "--api", api, "--xds", "127.0.0.1:0")
	process, err := envoy.Run(command, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	err = process.Until(20*time.Second, func() bool { return strings.Contains(process.Log(), "policy server is ready") })
	if err != nil {
		t.Fatal(err)
	}
	run(t, filepath.Join(unpack(t, "amd64"), "bin", "proxylib"), "status", "--server", api)
	if err := process.Stop(); err != nil {
		t.Error(err)
	}
}

func TestThePackageIsUpgradedAndRemovedWithoutATrace(t *testing.T) {
	folder := t.TempDir()
	cleanDebian(t, folder)
	before := list(t, folder)
	changed := filepath.Join(folder, "etc/default/proxylib")
	installPackage(t, folder)
	if err := os.WriteFile(changed, []byte("PROXYLIB_SERVE_FLAGS=--audit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	installPackage(t, folder)
	run(t, "chroot", folder, "dpkg", "--remove", "proxylib")
	if text, err := os.ReadFile(changed); err != nil || !strings.Contains(string(text), "--audit") {
		t.Errorf("what the administrator has changed was not kept: %q, %v", text, err)
	}
	run(t, "chroot", folder, "dpkg", "--purge", "proxylib")
	if after := list(t, folder); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// list lists all files but those in which dpkg keeps its own records.
func list(t *testing.T, folder string) string {
	t.Helper()
	return run(t, "sh", "-c", fmt.Sprintf(
		`cd %q && find . -path ./var/lib/dpkg -prune -o -path ./var/log/dpkg.log -prune -o -print | sort`, folder))
}
