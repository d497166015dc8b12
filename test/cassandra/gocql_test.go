//go:build e2e

package cassandra

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/apache/cassandra-gocql-driver/v2/lz4"
	"github.com/apache/cassandra-gocql-driver/v2/snappy"
)

func TestTheGoDriverGetsTheSameThroughUsAndSeesDenials(t *testing.T) {
	for _, form := range []struct {
		name                string
		version, negotiated int
		compressor          gocql.Compressor
	}{
		{"4 none", 4, 4, nil}, {"4 lz4", 4, 4, lz4.LZ4Compressor{}}, {"4 snappy", 4, 4, snappy.SnappyCompressor{}},
		{"5 none", 5, 5, nil}, {"5 lz4", 5, 5, lz4.LZ4Compressor{}}, {"any none", 0, 5, nil},
	} {
		t.Run(form.name, func(t *testing.T) {
			s := newStage(t, allowAll)
			configure := func(c *gocql.ClusterConfig) { c.ProtoVersion, c.Compressor = form.version, form.compressor }
			past, through := openGocql(t, address, configure), openGocql(t, s.proxy.Addr, configure)
			want, got := past.work(past), through.work(past)
			for i := range want {
				if at := difference(got[i], want[i]); at >= 0 {
					t.Errorf("result %d through Envoy, from byte %d on: %.300s\nwithout: %.300s", i, at, got[i][at:], want[i][at:])
				}
			}
			if through.version.Load() != int64(form.negotiated) {
				t.Errorf("version %d was negotiated", through.version.Load())
			}
			secret := s.direct.execute("SELECT * FROM secret.t")
			through.requireRows(secretRow, "[map[k:1 v:kept]]")
			s.enforce(restricted)
			through.requireVerdicts()
			through.requireRequestsInFlight()
			s.enforce(allowAll)
			through.requireRows(secretRow, "[map[k:1 v:kept]]")
			if now := s.direct.execute("SELECT * FROM secret.t"); now != secret {
				t.Errorf("secret.t is now %q", now)
			}
		})
	}
}

// difference is where two texts begin to differ, -1 if they do not.
func difference(a, b string) int {
	if a == b {
		return -1
	}
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return at
}

// client is a session of the Go driver.
type client struct {
	t *testing.T
	*gocql.Session
	// created gets the names of tables that the server says were made.
	created chan string
	// version is that of the last message from the server.
	version atomic.Int64
}

// ObserveFrameHeader implements [gocql.FrameHeaderObserver].
func (c *client) ObserveFrameHeader(_ context.Context, header gocql.ObservedFrameHeader) {
	c.version.Store(int64(header.Version & 0x7f))
}

// OnTableCreated implements [gocql.TableChangeListener].
func (c *client) OnTableCreated(event gocql.OnTableCreatedEvent) { c.created <- event.Table.Name }

// OnTableUpdated implements [gocql.TableChangeListener].
func (c *client) OnTableUpdated(gocql.OnTableUpdatedEvent) {}

// OnTableDropped implements [gocql.TableChangeListener].
func (c *client) OnTableDropped(gocql.OnTableDroppedEvent) {}

// openGocql connects to a server or a proxy until the test ends.
func openGocql(t *testing.T, to string, configure func(*gocql.ClusterConfig)) *client {
	t.Helper()
	c := &client{t: t, created: make(chan string, 100)}
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	cluster := gocql.NewCluster(host)
	if cluster.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	cluster.Timeout, cluster.ConnectTimeout = 3*patience, 3*patience
	configure(cluster)
	cluster.Keyspace, cluster.FrameHeaderObserver = "e2e", c
	cluster.Metadata.SchemaListener.TableChangeListener = c
	if c.Session, err = cluster.CreateSession(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// rows are the rows of a result, or the error.
func (c *client) rows(cql string, values ...any) string {
	rows, err := c.Query(cql, values...).Iter().SliceMap()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(rows)
}

func (c *client) requireRows(cql, want string) {
	c.t.Helper()
	if got := c.rows(cql); got != want {
		c.t.Errorf("%s: %s, want %s", cql, got, want)
	}
}

func (c *client) exec(cql string, values ...any) {
	c.t.Helper()
	if err := c.Query(cql, values...).Exec(); err != nil {
		c.t.Fatalf("%s: %v", cql, err)
	}
}

// work does what applications do, and returns all results. The other session changes things in between.
func (c *client) work(other *client) []string {
	c.t.Helper()
	c.exec("TRUNCATE t")
	results := []string{c.values(), c.paging(), c.concurrency(), c.batches(), c.rows("SELECT * FROM nosuch"),
		c.definitions()}
	c.events(other)
	return results
}

// insert is prepared by the driver; on other connections than the first, it is known by then.
const insert = "INSERT INTO t (k, c, v) VALUES (?, ?, ?)"

func (c *client) values() string {
	c.t.Helper()
	for i := range 20 {
		c.exec(insert, 1, i, strings.Repeat("x", i))
	}
	c.exec(insert, 1, 21, nil)
	c.exec(insert, 1, 22, gocql.UnsetValue)
	c.exec(insert, 2, 1, strings.Repeat("y", 2_000_000))
	long := sha256.Sum256([]byte(c.rows("SELECT v FROM t WHERE k = 2")))
	return c.rows("SELECT * FROM t WHERE k = ?", 1) + c.rows("SELECT JSON * FROM t WHERE k = 1") +
		hex.EncodeToString(long[:])
}

// paging reads page after page, and tells how long each is.
func (c *client) paging() string {
	c.t.Helper()
	var pages []int
	var state []byte
	for {
		iter := c.Query("SELECT c FROM t WHERE k = ?", 1).PageSize(7).PageState(state).Iter()
		state = iter.PageState()
		pages = append(pages, iter.NumRows())
		if err := iter.Close(); err != nil {
			c.t.Fatal(err)
		}
		if len(state) == 0 {
			return fmt.Sprint(pages)
		}
	}
}

// concurrency writes and reads on many streams of all connections at once.
func (c *client) concurrency() string {
	results := make([]string, 300)
	var running sync.WaitGroup
	for i := range results {
		running.Go(func() {
			if err := c.Query(insert, 3, i, fmt.Sprint("c", i)).Exec(); err != nil {
				results[i] = err.Error()
				return
			}
			results[i] = c.rows("SELECT v FROM t WHERE k = ? AND c = ?", 3, i)
		})
	}
	running.Wait()
	return fmt.Sprint(results)
}

func (c *client) batches() string {
	c.t.Helper()
	batch := c.Batch(gocql.LoggedBatch).Query(insert, 4, 1, "a").
		Query("INSERT INTO e2e.t (k, c, v) VALUES (4, 2, 'b')").Query("DELETE FROM t WHERE k = ?", 3)
	if err := batch.Exec(); err != nil {
		c.t.Fatal(err)
	}
	c.exec("BEGIN BATCH UPDATE t SET v = 'c' WHERE k = 4 AND c = 1; DELETE FROM t WHERE k = 4 AND c = 2 APPLY BATCH")
	return c.rows("SELECT * FROM t WHERE k IN (3, 4)")
}

// definitions makes a table and reads the driver's description of its columns.
func (c *client) definitions() string {
	c.t.Helper()
	table := newTable(c)
	c.await(table)
	keyspace, err := c.KeyspaceMetadata("e2e")
	if err != nil {
		c.t.Fatal(err)
	}
	made := keyspace.Tables[table]
	if made == nil {
		c.t.Fatal("the driver does not know the table that it has made")
	}
	c.exec("DROP TABLE " + table)
	return fmt.Sprint(made.OrderedColumns, made.Columns["v"].Type)
}

// events waits for what the server tells of a table that another session makes.
func (c *client) events(other *client) {
	c.t.Helper()
	table := newTable(other)
	c.await(table)
	other.exec("DROP TABLE " + table)
}

// newTable makes a table with a name of its own: drivers do not tell of one that is dropped and made again at once.
func newTable(c *client) string {
	c.t.Helper()
	table := fmt.Sprint("made_", time.Now().UnixNano())
	c.exec("CREATE TABLE " + table + " (k int PRIMARY KEY, v text)")
	return table
}

// await waits until the server has told of a table.
func (c *client) await(table string) {
	c.t.Helper()
	for late := time.After(patience); ; {
		select {
		case name := <-c.created:
			if name == table {
				return
			}
		case <-late:
			c.t.Fatalf("no event tells of table %s", table)
		}
	}
}

// verdict is a line of testdata/verdicts.json: a statement, and what the filter says to refuse; empty if it passes.
type verdict struct{ CQL, Refused string }

func verdicts(t *testing.T) (list []verdict) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "verdicts.json"))
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// refusal is what the filter says to have refused; empty if the error is nil.
func refusal(err error) string {
	var request gocql.RequestError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &request) || request.Code() != gocql.ErrCodeUnauthorized:
		return "another error: " + err.Error()
	}
	text, _ := strings.CutPrefix(request.Message(), "Request Unauthorized: ")
	return text
}

// secretRow is prepared while all is allowed, and executed when it is refused.
const secretRow = "SELECT * FROM secret.t WHERE k = 1"

// requireVerdicts requires the verdicts of testdata/verdicts.json, and the same of batches.
func (c *client) requireVerdicts() {
	c.t.Helper()
	if got := refusal(c.Query(secretRow).Exec()); got != "select on secret.t" {
		c.t.Errorf("what was prepared under another policy: refused %q", got)
	}
	for _, v := range verdicts(c.t) {
		if got := refusal(c.Query(v.CQL).Exec()); got != v.Refused {
			c.t.Errorf("%s: refused %q, want %q", v.CQL, got, v.Refused)
		}
	}
	batch := c.Batch(gocql.UnloggedBatch).Query(insert, 7, 1, "a").Query("INSERT INTO secret.t (k) VALUES (1)")
	if got := refusal(batch.Exec()); got != "insert on secret.t" {
		c.t.Errorf("a batch: refused %q", got)
	}
	c.requireRows("SELECT * FROM t WHERE k = 7", "[]")
}

// requireRequestsInFlight requires that requests which are refused do not disturb others.
func (c *client) requireRequestsInFlight() {
	c.t.Helper()
	c.exec(insert, 9, 9, "q")
	var running sync.WaitGroup
	for i := range 300 {
		running.Go(func() {
			if i%3 > 0 {
				if got := refusal(c.Query("SELECT k FROM secret.t WHERE k = ?", i).Exec()); got != "select on secret.t" {
					c.t.Errorf("refused %q", got)
				}
			} else if rows := c.rows("SELECT k FROM t WHERE k = ?", 9); rows != "[map[k:9]]" {
				c.t.Errorf("an allowed statement: %s", rows)
			}
		})
	}
	running.Wait()
}
