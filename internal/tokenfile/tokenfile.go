// Package tokenfile reads files that hold a bearer token (RFC 6750), which authorises a program at a server.
package tokenfile

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// MaxLen is the size, in bytes, of the largest file.
const MaxLen = 4 << 10

// Read returns the token of a file, without the white space around it. Errors name the file, and do not show what it holds.
func Read(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxLen+1))
	token := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return "", err
	case len(text) > MaxLen:
		return "", fmt.Errorf("%s has more than %d bytes", path, MaxLen)
	case token == "":
		return "", fmt.Errorf("%s is empty", path)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("%s does not hold one token of printable characters without spaces", path)
	}
	return token, nil
}
