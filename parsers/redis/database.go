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
