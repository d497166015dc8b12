package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
)

// The exit codes, besides 0 for success and 1 for wrong use and whatever else goes wrong.
const (
	exitRefused     = 2
	exitUnreachable = 3
	exitDenied      = 4
	exitDepends     = 5
)

// exitHelp describes the exit codes to users.
const exitHelp = `Exit codes: 0 success, 1 wrong use or another failure, 2 a policy or request is refused,
3 the server cannot be reached, 4 explain: denied, 5 explain: depends on the request.`

// maxLines is the number of lines of an error, or of warnings about a file, that are printed.
const maxLines = 200

// exitError is an error that ends the program with a code of its own.
type exitError struct {
	code int
	err  error
	// silent: what there is to say has been printed.
	silent bool
}

func (e *exitError) Error() string { return e.err.Error() }

func (e *exitError) Unwrap() error { return e.err }

// refused is an error that ends the program with exitRefused; nil stays nil.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: exitRefused, err: err}
}

// exitCode is the code with which the program ends after an error.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return 1
}

// execute runs a command, and prints the error that it ends with.
func execute(cmd *cobra.Command) error {
	err := cmd.Execute()
	var e *exitError
	if err != nil && !(errors.As(err, &e) && e.silent) {
		printLines(cmd.ErrOrStderr(), strings.Split("Error: "+err.Error(), "\n"))
	}
	return err
}

// printLines prints lines that others have a part in: there may be many, any may be long, and a terminal might act on
// what is in them.
func printLines(out io.Writer, lines []string) {
	for i, line := range lines {
		if i == maxLines {
			fmt.Fprintf(out, "and %d more lines\n", len(lines)-maxLines)
			return
		}
		fmt.Fprintln(out, strings.Map(printable, policy.Cut(line, policy.MaxReason)))
	}
}

// printable returns a character, or a mark in the place of one that is not shown but acted on.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}
