//go:build e2e

package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/test/postgres/server"
)

var capture = flag.String("capture", "", "programs whose texts are captured, separated by commas, or all: "+
	"test/deps/postgres-orms brings them; with -update the texts are written to "+emitted)

// emitted is the folder with what programs have sent to servers.
const emitted = "testdata/emitted"

// captureTime is how long a program may take.
const captureTime = 10 * time.Minute

// program is one that sends texts to a server. It finds the server by the variables of libpq.
type program struct {
	name    string
	command []string
	env     []string
	// newest: the server is the newest one, and its programs are the first in the PATH.
	newest bool
}

func python(name, script string) program {
	return program{name: name, command: []string{"python3", "testdata/orm/" + script},
		env: []string{"PYTHONPATH=" + root("build/postgres-orms-python"), "PYTHONDONTWRITEBYTECODE=1"}}
}

func node(name string) program {
	return program{name: name, command: []string{"node", "testdata/orm/" + name + ".js"},
		env: []string{"NODE_PATH=" + root("build/postgres-orms-node")}}
}

func java(name, class string) program {
	return program{name: name, command: []string{"java", "-cp", root("build/postgres-orms-classes") + ":" + root("build/postgres-orms-java/*"), class}}
}

func golang(name string) program {
	return program{name: name, command: []string{root("build/postgres-orms-go"), name}}
}

// root returns the absolute path of a file in the work tree.
func root(name string) string {
	path, err := filepath.Abs(filepath.Join("../..", name))
	if err != nil {
		panic(err)
	}
	return path
}

func rust(name string) program {
	return program{name: name, command: []string{root("build/postgres-orms-rust"), name}}
}

var programs = []program{
	python("django", "shop_django.py"), python("sqlalchemy", "shop_sqlalchemy.py"), python("peewee", "shop_peewee.py"),
	node("knex"), node("sequelize"), node("typeorm"), node("drizzle"),
	{name: "prisma", command: []string{"node", "testdata/orm/prisma.js"},
		env: []string{"NODE_PATH=" + root("build/postgres-orms-prisma/node_modules") + ":" + root("build/postgres-orms-prisma")}},
	java("hibernate", "Hibernate"), java("jooq", "Jooq"),
	golang("gorm"), golang("bun"), golang("ent"), golang("pgx"),
	rust("diesel"), rust("sea_orm"),
	{name: "active_record", command: []string{"ruby", "testdata/orm/active_record.rb"}},
	{name: "tools", command: []string{"bash", "testdata/orm/tools.sh"}},
	{name: "tools_newest", command: []string{"bash", "testdata/orm/tools.sh"}, newest: true},
}

// The texts that popular object mappers and query builders send are read, and nothing in them is missed.
func TestReaderFindsWhatPostgreSQLFindsInWhatProgramsSend(t *testing.T) {
	all := judges(t)
	if *capture == "" {
		for _, file := range recordings(t) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) { judgeTexts(t, all, script(t, file)) })
		}
		return
	}
	bins := strings.Split(*servers, ",")
	oldest, newest := startServer(t, bins[0]), startServer(t, bins[len(bins)-1])
	for _, p := range programs {
		if *capture != "all" && !slices.Contains(strings.Split(*capture, ","), p.name) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			s := oldest
			if p.newest {
				s, p.env = newest, append(p.env, "PATH="+bins[len(bins)-1]+":"+os.Getenv("PATH"))
			}
			texts := p.texts(t, s)
			judgeTexts(t, all, texts)
			if *update {
				write(t, filepath.Join(emitted, p.name+".sql"), texts)
			}
		})
	}
}

// texts runs the program, and returns what it has sent.
func (p *program) texts(t *testing.T, s *server.Server) []string {
	t.Helper()
	if _, err := s.Query("CREATE DATABASE " + p.name); err != nil {
		t.Fatal(err)
	}
	r := startRecorder(t, s.Addr)
	host, port, _ := net.SplitHostPort(r.Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), captureTime)
	defer cancel()
	c := exec.CommandContext(ctx, p.command[0], p.command[1:]...)
	c.Env = append(os.Environ(), append(p.env, "PGHOST="+host, "PGPORT="+port, "PGUSER=postgres", "PGDATABASE="+p.name, "PGPASSWORD=p")...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	texts, err := r.recorded()
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// judgeTexts has the judge read texts. Nothing may be missed, and of those about data at most one in a hundred may be refused.
func judgeTexts(t *testing.T, all []judge, texts []string) {
	t.Helper()
	for _, j := range all {
		t.Run(j.name, func(t *testing.T) { j.judgeTexts(t, texts) })
	}
}

func (j *judge) judgeTexts(t *testing.T, texts []string) {
	t.Helper()
	var r sql.Reader
	data, refused := 0, 0
	for _, text := range texts {
		no, theirs, wrong := j.compare(&r, text)
		if wrong != nil {
			t.Errorf("%v in:\n%s", wrong, text)
		}
		if theirs == nil || len(theirs.Stmts) == 0 {
			continue
		}
		about := isData(kindOf(theirs.Stmts[0]))
		if about {
			data++
		}
		var e *sql.Error
		if errors.As(no, &e) {
			t.Logf("refused: %v\n%s\n-->%.40s", no, text, text[e.Offset:])
			if about {
				refused++
			}
		}
	}
	t.Logf("of %d texts %d are about data, of which %d are refused", len(texts), data, refused)
	if data == 0 || refused*100 > data {
		t.Errorf("too many texts are refused, or there are none")
	}
}

// recordings returns the files with what programs have sent.
func recordings(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(emitted, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is nothing in %s: %v", emitted, err)
	}
	return files
}

// write writes texts, so that script returns them again.
func write(t *testing.T, file string, texts []string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "-- What the program of this name sends, written by the tests with -capture %s -update.\n",
		strings.TrimSuffix(filepath.Base(file), ".sql"))
	for _, text := range texts {
		if text = strings.TrimRight(text, " \n;"); text != "" {
			b.WriteString(text + "\n;\n")
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
