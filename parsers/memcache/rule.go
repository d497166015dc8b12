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
)

var declaration = proxylib.Declaration{
	RuleKeys: []proxylib.RuleKey{
		{
			// A request may be covered by several names, so rules can not be looked up by one.
			Name: "command", Field: fieldCommand, Match: proxylib.Exact, Scan: true, Values: commandValues(),
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
			Doc: "its value, if it stores one, has at most so many bytes",
		},
		{
			Name: "maxKeys", Field: fieldKeys, Match: proxylib.AtMost, Doc: "it has at most so many keys",
		},
		{
			Name: "ttlMax", Field: fieldTime, Match: proxylib.AtMost,
			Doc: "each expiration time that it sets, if it sets any, is at most so many seconds ahead; an item that never " +
				"expires, or at a point in time, exceeds any",
		},
	},
	CheckRule: checkRule,
	LogFields: []proxylib.LogFieldDoc{
		{Name: "command", Doc: "text: the command word; of a line that is none, its first word; of a reply, the command that was answered"},
		{Name: "keys", Doc: "text: the keys with `, ` between them, cut after about 512 bytes; those in base64 decoded; absent where there are none"},
		{Name: "opcode", Doc: "binary: the opcode in decimal"},
		{Name: "key", Doc: "binary: the key, the name of a statistic, or the mechanism of authentication; absent where there is none"},
		{Name: "bytes", Doc: "the length of the value, of several their sum; absent where there is none"},
		{Name: "status", Doc: "of a reply, see below; of a connection that is closed, why"},
	},
}

// commandValues makes, of what the names of commands stand for, what the framework compares.
func commandValues() map[string][]string {
	values := map[string][]string{}
	for name, n := range names {
		values[name] = nil
		for left := n.acts; left != 0; left &= left - 1 {
			values[name] = append(values[name], string(actNames[bits.TrailingZeros64(uint64(left))]))
		}
	}
	return values
}

// checkRule refuses conditions that the command can not meet.
func checkRule(keys map[string]string) error {
	for _, key := range []string{"keyExact", "keyPrefix"} {
		if strings.ContainsFunc(keys[key], func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return fmt.Errorf("key %s: has a space or a control character, which keys do not have; use keyRegex for keys in binary", key)
		}
	}
	for _, key := range []string{"maxKeys", "ttlMax"} {
		if keys[key] == "0" {
			return fmt.Errorf("key %s: 0 allows nothing, use a number from 1", key)
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
	case keys["maxValueBytes"] != "" && n.acts&withValue == 0:
		return fmt.Errorf("key maxValueBytes: %s stores no values", name)
	case keys["ttlMax"] != "" && n.acts&withTime == 0:
		return fmt.Errorf("key ttlMax: %s sets no expiration time", name)
	}
	return nil
}

// Every implements [proxylib.Subject].
func (r *request) Every(field int, c *proxylib.Condition) bool {
	switch field {
	case fieldCommand:
		return r.everyAct(c)
	case fieldKey:
		return r.acts&^withKey == 0 && r.everyKey(c)
	case fieldValueBytes:
		return c.HoldsNumber(int64(r.bytes))
	case fieldKeys:
		return c.HoldsNumber(r.countKeys())
	case fieldTime:
		for _, t := range r.times[:r.nTimes] {
			if !c.HoldsNumber(lifetime(t)) {
				return false
			}
		}
		return true
	}
	return false
}

// Value implements [proxylib.Subject].
func (r *request) Value(field int) []byte {
	if field != fieldKey || r.list == nil {
		return r.key
	}
	w := words{rest: r.list}
	return w.next()
}

// everyAct tells whether the condition holds for the request's own name, or for all that it does.
func (r *request) everyAct(c *proxylib.Condition) bool {
	if r.own != 0 && c.Holds(actNames[bits.TrailingZeros64(uint64(r.own))]) {
		return true
	}
	for left := r.acts; left != 0; left &= left - 1 {
		if !c.Holds(actNames[bits.TrailingZeros64(uint64(left))]) {
			return false
		}
	}
	return r.acts != 0
}

func (r *request) everyKey(c *proxylib.Condition) bool {
	if r.list == nil {
		return len(r.key) > 0 && c.Holds(r.key)
	}
	w := words{rest: r.list}
	for key := w.next(); len(key) > 0; key = w.next() {
		if !c.Holds(key) {
			return false
		}
	}
	return true
}

func (r *request) countKeys() int64 {
	if r.list == nil {
		return int64(min(len(r.key), 1))
	}
	n := int64(0)
	w := words{rest: r.list}
	for key := w.next(); len(key) > 0; key = w.next() {
		n++
	}
	return n
}

// maxRelative is the largest expiration time, in seconds, that servers count from now: 30 days. Beyond, it is a point in
// time. That can be any number of seconds ahead, and verdicts do not depend on the clock.
const maxRelative = 30 * 24 * 60 * 60

// lifetime is how long, in seconds, an item lives that has the expiration time.
func lifetime(t int64) int64 {
	if t == 0 || t > maxRelative {
		return math.MaxInt64
	}
	return t
}
