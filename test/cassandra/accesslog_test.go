//go:build e2e

package cassandra

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// The driver prepares what it can, and executes it then.
func TestTheAccessLogTellsActionsAndTables(t *testing.T) {
	s := newStage(t, restricted)
	c := openGocql(t, s.proxy.Addr, func(c *gocql.ClusterConfig) { c.ProtoVersion, c.NumConns = 5, 1 })
	c.exec("INSERT INTO t (k, c, v) VALUES (?, ?, ?)", 1, 2, "hush-hush")
	c.rows("SELECT v FROM t WHERE k = ?", 1)
	c.rows("SELECT v FROM nosuch WHERE v = 'hush-hush'")
	for _, refused := range []string{"SELECT * FROM secret.t WHERE v = 'hush-hush'", "TRUNCATE t", "DROP KEYSPACE secret",
		"CREATE TYPE secret.ty (a int)", "CREATE ROLE made", "EXPLODE 'hush-hush'"} {
		c.rows(refused)
	}
	batch := c.Batch(gocql.LoggedBatch).Query("INSERT INTO t (k, c) VALUES (5, 6)").
		Query(`INSERT INTO "Quoted" (k) VALUES (5)`)
	if err := batch.Exec(); err != nil {
		t.Error(err)
	}
	_ = batch.Query("INSERT INTO secret.t (k) VALUES (5)").Exec()

	s.requireEntries([]string{
		"request insert e2e.t keyspace=e2e",
		"response insert e2e.t keyspace=e2e status=ok result=prepared",
		"request insert e2e.t keyspace=e2e consistency=QUORUM prepared=true",
		"response insert e2e.t keyspace=e2e status=ok result=void",
		"request select e2e.t keyspace=e2e",
		"response select e2e.t keyspace=e2e status=ok result=prepared",
		"request select e2e.t keyspace=e2e consistency=QUORUM prepared=true",
		"response select e2e.t keyspace=e2e status=ok result=rows rows=1",
		"request select e2e.nosuch keyspace=e2e",
		"response select e2e.nosuch keyspace=e2e status=error error_code=0x2200",
		"denied select secret.t keyspace=secret",
		"denied truncate-table e2e.t keyspace=e2e consistency=QUORUM",
		"denied drop-keyspace secret keyspace=secret consistency=QUORUM",
		"denied create-type keyspace=secret consistency=QUORUM",
		"denied create-role consistency=QUORUM",
		"denied status=statement is of an unknown kind",
		"request insert e2e.t keyspace=e2e consistency=QUORUM batch_size=2",
		"request insert e2e.Quoted keyspace=e2e consistency=QUORUM batch_size=2",
		"response insert e2e.t keyspace=e2e status=ok result=void",
		"denied insert e2e.t keyspace=e2e consistency=QUORUM batch_size=3",
		"denied insert e2e.Quoted keyspace=e2e consistency=QUORUM batch_size=3",
		"denied insert secret.t keyspace=secret consistency=QUORUM batch_size=3",
	})
	if text := s.accessLogText(); strings.Contains(text, "hush-hush") {
		t.Errorf("the access log has a value:\n%s", text)
	}
}

// requireEntries requires these entries of the connection that the first insert was on, from there on.
func (s *stage) requireEntries(want []string) {
	s.t.Helper()
	var got []string
	s.eventually("the access log has its entries", func() bool {
		got = fromFirstInsert(s.accessLogText())
		return len(got) >= len(want)
	})
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("access log:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (s *stage) accessLogText() string {
	s.t.Helper()
	text, err := os.ReadFile(s.accessLog)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// entriesOf returns the entries of the access log that are of a type: request, response or denied.
func (s *stage) entriesOf(kind string) (lines []string) {
	s.t.Helper()
	for line := range strings.Lines(s.accessLogText()) {
		if strings.Contains(line, `"type":"`+kind+`"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// requireNoDenial requires that a number of requests were logged at least, and none of them as denied.
func (s *stage) requireNoDenial(least int) {
	s.t.Helper()
	if requests := len(s.entriesOf("request")); requests < least {
		s.t.Errorf("the log has %d requests, want at least %d", requests, least)
	}
	if denials := s.entriesOf("denied"); len(denials) > 0 {
		s.t.Errorf("%d requests were denied, such as %s", len(denials), denials[0])
	}
}

// entry is a line of the access log, as far as the test looks at it.
type entry struct {
	Type, Source string
	Fields       map[string]string
}

// text is the entry in a line.
func (e entry) text() string {
	words := []string{e.Type}
	for _, name := range []string{"query_action", "query_table"} {
		if value, found := e.Fields[name]; found {
			words = append(words, value)
		}
	}
	for _, name := range []string{"keyspace", "consistency", "prepared", "batch_size", "status", "result", "rows",
		"error_code"} {
		if value, found := e.Fields[name]; found {
			words = append(words, name+"="+value)
		}
	}
	return strings.Join(words, " ")
}

func fromFirstInsert(log string) (lines []string) {
	source := ""
	for line := range strings.Lines(log) {
		var e entry
		if json.Unmarshal([]byte(line), &e) != nil {
			continue // not written to its end
		}
		if source == "" && e.Fields["query_action"] == "insert" {
			source = e.Source
		}
		if source != "" && e.Source == source {
			lines = append(lines, e.text())
		}
	}
	return lines
}
