package redis

import (
	"strconv"

	"github.com/proxylib/proxylib/proxylib"
)

// maxDatabases is the number of databases that a connection may be in, as far as is known, before requests are refused.
const maxDatabases = 16

// databases are the databases of which a connection is in one: the one that the server has confirmed, and those of
// requests on the way that choose another.
type databases struct {
	list [maxDatabases]uint16
	// more is the number of those after the first.
	more uint8
}

// add adds a database. It reports false if there are too many.
func (d *databases) add(n uint16) bool {
	for i := range int(d.more) + 1 {
		if d.list[i] == n {
			return true
		}
	}
	if int(d.more)+1 == maxDatabases {
		return false
	}
	d.more++
	d.list[d.more] = n
	return true
}

// set makes a database the only one.
func (d *databases) set(n uint16) {
	d.list[0], d.more = n, 0
}

// choices are what is known of the database of a connection.
type choices struct {
	// possible are the databases that the next request may be for.
	possible databases
	// confirmed is the last one that the server has chosen for certain.
	confirmed uint16
	// pending is the number of requests on the way that choose a database. uncertain: after the last of them, one of which
	// it is never known for certain whether it does.
	pending   int
	uncertain bool
	// doubtful: there was such a request since the server has last chosen for certain.
	doubtful bool
}

// choose notes that another database is chosen. Whether the server does so is known only later, and in a transaction or
// without a reply never for certain.
func (p *parser) choose(o *owed) {
	if p.request.err == nil {
		o.database, _ = parseDatabase(p.request.text(p.request.final))
		p.choosing(o, o.queued || p.silent || p.skip || p.blind)
	}
}

// choosing notes that a database is chosen. Unless that is uncertain, the reply will say whether it is.
func (p *parser) choosing(o *owed, uncertain bool) {
	d := &p.databases
	d.possible.add(o.database)
	d.uncertain = uncertain
	if uncertain {
		d.doubtful, p.sees = true, false
		return
	}
	o.chooses = true
	d.pending++
}

// chosen notes that the server has answered the choice of a database. If no other choice is on the way, it is known for
// certain which one the connection is in.
func (p *parser) chosen(n uint16, accepted bool) {
	d := &p.databases
	d.pending--
	if p.blind {
		return
	}
	if accepted {
		d.confirmed = n
		d.doubtful = d.doubtful && (d.pending > 0 || d.uncertain)
	}
	if d.pending == 0 && !d.doubtful {
		d.possible.set(d.confirmed)
	}
}

// numbers are the texts of the databases that most servers have.
var numbers = func() (texts [16][]byte) {
	for n := range texts {
		texts[n] = strconv.AppendInt(nil, int64(n), 10)
	}
	return texts
}()

// value implements field db of [proxylib.Subject].
func (d *databases) value(at int) (proxylib.Value, int) {
	next := 0
	if at < int(d.more) {
		next = at + 1
	}
	n := int(d.list[at])
	if n < len(numbers) {
		return proxylib.Text(numbers[n]), next
	}
	return proxylib.Text(strconv.AppendInt(nil, int64(n), 10)), next
}

// parseDatabase reads the number of a database.
func parseDatabase(text []byte) (uint16, bool) {
	if len(text) == 0 || len(text) > 5 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return uint16(n), n <= 1<<16-1
}
