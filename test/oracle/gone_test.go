//go:build e2e

package oracle

import (
	"errors"
	"syscall"
)

// gone reports whether the server has ended the connection, as it may.
func gone(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) }
