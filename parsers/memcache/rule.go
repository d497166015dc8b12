package memcache

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// Fields of a request that rules are about.
const (
	fieldCommand = iota
	fieldKey
	fieldValueBytes
	fieldKeys
	fieldTime
	// fieldOwn is the operation of a meta command's own name.
	fieldOwn
)

var registration = proxylib.Protocol{
	Name: Name, New: unconfigured.newParser, Configure: configure, Detect: detect,
	ReadLog: readLog,
	RuleKeys: []proxylib.RuleKey{
		{
			Name: "command", Field: fieldCommand, Alias: fieldOwn, Match: proxylib.Exact, Values: commandValues(),
			Doc: "its command is this one, or in this group",
		},
		{
			Name: "keyExact", Field: fieldKey, Match: proxylib.Exact, MaxLen: MaxKey, Doc: "its keys are exactly this",
		},
		{
			Name: "keyPrefix", Field: fieldKey, Match: proxylib.Prefix, MaxLen: MaxKey, Doc: "its keys begin with this",
		},
		{
			Name: "keyRegex", Field: fieldKey, Match: proxylib.Regexp,
			Doc: "the regular expression (RE2, not anchored, on raw bytes) finds something in its keys",
		},
		{
			Name: "maxValueBytes", Field: fieldValueBytes, Match: proxylib.AtMost,
			Doc: "its value, if it stores one, has at most this many bytes",
		},
		{
			Name: "maxKeys", Field: fieldKeys, Match: proxylib.AtMost, Min: 1, Doc: "it has at most this many keys",
		},
		{
			Name: "ttlMax", Field: fieldTime, Match: proxylib.AtMost, Min: 1,
			Doc: "each expiration time that it sets, if it sets any, is at most this many seconds ahead; an item that never " +
				"expires, or at a point in time, exceeds any",
		},
	},
	CheckRule: checkRule,
	Access:    accessDocs(),
	Login:     true,
	System:    "memcached", LogFields: []proxylib.LogFieldDoc{
		{Name: "command", Attribute: "db.operation.name", Doc: "text: the command word; of a line that is none, its first word; of a reply, the command that was answered"},
		{Name: "keys", Doc: "text: the keys with `, ` between them, cut after about 512 bytes; those in base64 decoded; absent where there are none"},
		{Name: "opcode", Attribute: "db.operation.name", Doc: "binary: the opcode in decimal"},
		{Name: "key", Doc: "binary: the key, the name of a statistic, or the mechanism of authentication; absent where there is none"},
		{Name: "bytes", Doc: "the length of the value, of several their sum; absent where there is none"},
		{Name: "status", Doc: "of a reply, see below; of a connection that is closed, why"},
	},
}

// commandValues makes, of what the names of commands stand for, what the framework compares.
func commandValues() map[string][]string {
	values := map[string][]string{}
	for name, n := range names {
		values[name] = n.operations.names()
	}
	return values
}

// checkRule refuses conditions that the command cannot meet.
func checkRule(keys map[string]string) error {
	for _, key := range []string{"keyExact", "keyPrefix"} {
		if strings.ContainsFunc(keys[key], func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return fmt.Errorf("key %s: has a space or a control character, which keys do not have; use keyRegex for keys in binary", key)
		}
	}
	keyed := keys["keyExact"] != "" || keys["keyPrefix"] != "" || keys["keyRegex"] != ""
	name := keys["command"]
	n := names[name]
	switch {
	case name == "" && keyed:
		return errors.New("key command: is missing, a condition on keys needs one")
	case name == "":
		return nil
	case (keyed || keys["maxKeys"] != "") && !n.keyed:
		return fmt.Errorf("key command: %s has no keys, so there can be no condition on them", name)
	case keys["maxValueBytes"] != "" && n.operations&withValue == 0:
		return fmt.Errorf("key maxValueBytes: %s stores no values", name)
	case keys["ttlMax"] != "" && n.operations&withTime == 0:
		return fmt.Errorf("key ttlMax: %s sets no expiration time", name)
	}
	return nil
}

// Value implements [proxylib.Subject].
func (r *request) Value(field, at int) (proxylib.Value, int) {
	switch field {
	case fieldCommand:
		return r.operation(at)
	case fieldOwn:
		if r.own != 0 {
			return proxylib.Text(nameOf(r.own)), 0
		}
	case fieldKey:
		return r.keyAt(at)
	case fieldValueBytes:
		return proxylib.Number(int64(r.bytes)), 0
	case fieldKeys:
		return proxylib.Number(int64(r.nKeys)), 0
	case fieldTime:
		return r.lifetime(at)
	}
	return proxylib.NoValue, 0
}

// operation returns the name of an operation. Its place is the number of its bit.
func (r *request) operation(at int) (proxylib.Value, int) {
	left := r.operations >> at << at
	if left == 0 {
		return proxylib.NoValue, 0
	}
	next := 0
	if more := left & (left - 1); more != 0 {
		next = bits.TrailingZeros64(uint64(more))
	}
	return proxylib.Text(nameOf(left)), next
}

// keyAt returns a key. Its place in a list is the offset at which it begins.
func (r *request) keyAt(at int) (proxylib.Value, int) {
	switch {
	case r.operations&^withKey != 0:
		return proxylib.NoValue, 0
	case r.list == nil:
		return proxylib.Text(r.key), 0
	}
	w := words{rest: r.list[at:]}
	key := w.next()
	if !w.more() {
		return proxylib.Text(key), 0
	}
	return proxylib.Text(key), len(r.list) - len(w.rest)
}

// maxRelative is the largest expiration time, in seconds, that servers count from now: 30 days. Beyond, it is a point in
// time. That can be any number of seconds ahead, and verdicts do not depend on the clock.
const maxRelative = 30 * 24 * 60 * 60

// lifetime returns how long, in seconds, an item lives that has the expiration time. A request that sets none is within
// any limit.
func (r *request) lifetime(at int) (proxylib.Value, int) {
	if r.nTimes == 0 {
		return proxylib.Number(0), 0
	}
	t, next := r.times[at], 0
	if at+1 < r.nTimes {
		next = at + 1
	}
	if t == 0 || t > maxRelative {
		t = math.MaxInt64
	}
	return proxylib.Number(t), next
}
