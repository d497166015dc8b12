package listen

import (
	"crypto/subtle"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// minToken is the size, in bytes, of the shortest token: a shorter one could be guessed.
	minToken = 16
	// maxTokenFile is the size, in bytes, of the largest file of tokens.
	maxTokenFile = 1 << 20
	// tokenPeriod is the time after which a file of tokens is read again.
	tokenPeriod = time.Second
)

// token is a secret, and a name for it that may be shown.
type token struct{ name, secret string }

// tokens are those of a file. They may be used from several threads at once.
type tokens struct {
	path string
	log  logrus.FieldLogger

	mu   sync.Mutex
	list []token
	read time.Time
	// failed is why the file could not be read again.
	failed string
}

// openTokens reads a file of tokens; without a path there is none.
func openTokens(path string, log logrus.FieldLogger) (*tokens, error) {
	if path == "" {
		return nil, nil
	}
	list, err := readTokens(path)
	return &tokens{path: path, log: log, list: list, read: time.Now()}, err
}

// readTokens reads the tokens of a file, one a line, each optionally after a name: "alice 0123…". Empty lines and those
// that begin with # are skipped. The name of a token without one is its file and line.
func readTokens(path string) ([]token, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTokenFile+1))
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if len(text) > maxTokenFile {
		return nil, fmt.Errorf("token: %s has more than %d bytes", path, maxTokenFile)
	}
	var list []token
	for i, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
			continue
		case len(words) > 2:
			return nil, fmt.Errorf("token: %s line %d: want a token, or a name and a token", path, i+1)
		case len(words) == 1:
			words = []string{fmt.Sprintf("%s line %d", filepath.Base(path), i+1), words[0]}
		}
		if len(words[1]) < minToken {
			return nil, fmt.Errorf("token: %s line %d: the token has fewer than %d characters, which can be guessed", path, i+1, minToken)
		}
		list = append(list, token{words[0], words[1]})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("token: %s holds no token", path)
	}
	return list, nil
}

// find returns the name of a token, and reports whether it is one of the file. All of them are compared, so that the time
// does not depend on which fits.
func (t *tokens) find(secret string) (name string, known bool) {
	for _, one := range t.current() {
		if subtle.ConstantTimeCompare([]byte(one.secret), []byte(secret)) == 1 {
			name, known = one.name, true
		}
	}
	return name, known
}

// current returns the tokens as the file has them now, or had them when it could be read last.
func (t *tokens) current() []token {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.read) < tokenPeriod {
		return t.list
	}
	t.read = time.Now()
	list, err := readTokens(t.path)
	if err != nil {
		if t.failed != err.Error() {
			t.log.WithError(err).Warn("tokens cannot be read again; those before stay in force")
		}
		t.failed = err.Error()
		return t.list
	}
	t.list, t.failed = list, ""
	return list
}

// shared returns the path of the other file if both have a token in common, and nothing otherwise.
func (t *tokens) shared(other *tokens) string {
	if t == nil || other == nil {
		return ""
	}
	for _, one := range other.list {
		if _, known := t.find(one.secret); known {
			return other.path
		}
	}
	return ""
}
