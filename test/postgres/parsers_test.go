//go:build e2e

package postgres

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/encoding/protojson"
)

var others = flag.String("judges", "", "other releases of PostgreSQL with the folders that have their package libpg-query, as 15=FOLDER,18=FOLDER: "+
	"test/deps/postgres-judges brings them")

// judge is the parser of a release of PostgreSQL.
type judge struct {
	name string
	// parse returns a nil result where the parser refuses the text.
	parse func(text string) (*pg.ParseResult, error)
}

// judges returns the parser of PostgreSQL 17, which is linked, and those of other releases.
func judges(t *testing.T) []judge {
	t.Helper()
	all := []judge{{"17", func(text string) (*pg.ParseResult, error) {
		result, err := pg.Parse(text)
		if err != nil {
			return nil, nil //nolint:nilerr // that it is refused is the result
		}
		return result, nil
	}}}
	if *others == "" {
		return all
	}
	for _, other := range strings.Split(*others, ",") {
		release, folder, _ := strings.Cut(other, "=")
		all = append(all, judge{release, startParser(t, folder)})
	}
	return all
}

// startParser starts the parser of a package for the test.
func startParser(t *testing.T, folder string) func(text string) (*pg.ParseResult, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "node", "testdata/parser.js")
	c.Env = append(os.Environ(), "NODE_PATH="+folder)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = c.Wait()
	})
	lines := bufio.NewReader(out)
	return func(text string) (*pg.ParseResult, error) {
		if !utf8.ValidString(text) {
			return nil, nil // It cannot be said in JSON, and the reader refuses it as well.
		}
		line, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		if _, err := in.Write(append(line, '\n')); err != nil {
			return nil, err
		}
		tree, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("the parser has ended: %w", err)
		}
		return decode(tree)
	}
}

// decode returns the tree that a line has, nil where it has none. A field that is not known is an error, so that nothing
// is missed.
func decode(line []byte) (*pg.ParseResult, error) {
	if len(line) <= 1 {
		return nil, nil
	}
	result := &pg.ParseResult{}
	return result, protojson.Unmarshal(line, result)
}
