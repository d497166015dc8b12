package envoy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// AddSASLUser makes the files in dir by which a memcached with -S knows the user user@test.local with the password
// hush-hush. The server finds them by the environment variable SASL_CONF_PATH, which has to be dir.
func AddSASLUser(dir string) error {
	program, err := exec.LookPath("saslpasswd2")
	if err != nil {
		program = "/usr/sbin/saslpasswd2"
	}
	users := filepath.Join(dir, "users")
	add := exec.Command(program, "-p", "-c", "-f", users, "-u", "test.local", "user")
	add.Stdin = strings.NewReader("hush-hush")
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: run make deps\n%s", err, out)
	}
	text := fmt.Sprintf("mech_list: plain\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\n", users)
	return os.WriteFile(filepath.Join(dir, "memcached.conf"), []byte(text), 0o600)
}
