package memcache

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDecodeReadsWhatAllServersReadTheSameWay(t *testing.T) {
	key250 := strings.Repeat("k", 250)
	for _, c := range []struct{ line, want string }{
		{"set k 0 0 5", "set keys=k bytes=5"},
		{"set k 0 0 5 noreply", "set keys=k bytes=5 silent"},
		{"set k 4294967295 -1 0", "set keys=k bytes=0"},
		{"set k 0 2147483647 2147483645", "set keys=k bytes=2147483645"},
		{"set " + key250 + " 0 0 1", "set keys=" + key250 + " bytes=1"},
		{"set  k  0 0 005 ", "set keys=k bytes=5"},
		{"add k 1 2 3", "add keys=k bytes=3"},
		{"replace k 1 2 3", "replace keys=k bytes=3"},
		{"append k 1 2 3", "append keys=k bytes=3"},
		{"prepend k 1 2 3 noreply", "prepend keys=k bytes=3 silent"},
		{"cas k 0 0 5 18446744073709551615", "cas keys=k bytes=5"},
		{"cas k 0 0 5 7 noreply", "cas keys=k bytes=5 silent"},
		{"get a", "get keys=a"},
		{"get a  b c ", "get keys=a,b,c"},
		{"get noreply a", "get keys=noreply,a"},
		{"get \x80\xff", "get keys=\x80\xff"},
		{"gets a b", "gets keys=a,b"},
		{"bget a", "bget keys=a"},
		{"gat 60 a b", "gat keys=a,b"},
		{"gats -1 a", "gats keys=a"},
		{"delete k", "delete keys=k"},
		{"delete k 0", "delete keys=k"},
		{"delete k noreply", "delete keys=k silent"},
		{"delete k 0 noreply", "delete keys=k silent"},
		{"delete noreply 0", "delete keys=noreply"},
		{"delete noreply noreply", "delete keys=noreply silent"},
		{"touch noreply 5", "touch keys=noreply"},
		{"incr noreply 5", "incr keys=noreply"},
		{"set noreply 0 0 5", "set keys=noreply bytes=5"},
		{"incr k 18446744073709551615", "incr keys=k"},
		{"decr k 1 noreply", "decr keys=k silent"},
		{"touch k 100", "touch keys=k"},
		{"touch k -1 noreply", "touch keys=k silent"},
		{"flush_all", "flush_all"},
		{"flush_all 10", "flush_all"},
		{"flush_all noreply", "flush_all silent"},
		{"flush_all 10 noreply", "flush_all silent"},
		{"verbosity 1", "verbosity"},
		{"verbosity 1 noreply", "verbosity silent"},
		{"cache_memlimit 64", "cache_memlimit"},
		{"version", "version"},
		{"version foo noreply", "version"},
		{"verbosity noreply", "verbosity silent"},
		{"quit", "quit silent"},
		{"shutdown graceful", "shutdown"},
		{"stats", "stats"},
		{"stats cachedump 1 0", "stats"},
		{"slabs reassign 1 2", "slabs"},
		{"lru mode flat", "lru"},
		{"lru_crawler enable", "lru_crawler"},
		{"lru_crawler metadump all", "lru_crawler"},
		{"lru_crawler mgdump hash", "lru_crawler"},
		{"watch fetchers", "watch"},
		{"extstore free_memchunks 1 2", "extstore"},
		{"refresh_certs", "refresh_certs"},
		{"misbehave", "misbehave"},
		{"", "? "},
		{"GET a", "? GET"},
		{"nosuch k 0 0 5", "? nosuch"},
		{"\x81\x82", "? \x81\x82"},
	} {
		var r line
		if err := r.decode([]byte(c.line+"\r\n"), false, new([]byte)); err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if got := describe(&r); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

func describe(r *line) string {
	if r.command == nil {
		return "? " + string(r.word)
	}
	s := r.command.word
	var keys []string
	w := words{rest: r.list}
	if r.list == nil {
		w.rest = r.key
	}
	for w.more() {
		keys = append(keys, string(w.next()))
	}
	if keys != nil {
		s += " keys=" + strings.Join(keys, ",")
	}
	if r.command.payload() {
		s += fmt.Sprint(" bytes=", r.bytes)
	}
	if r.shape == silent {
		s += " silent"
	}
	return s
}

func TestDecodeRefusesWhatServersReadInDifferentWays(t *testing.T) {
	key251 := strings.Repeat("k", 251)
	for _, c := range []struct {
		line string
		want error
	}{
		{"get a\rb\r\n", errCharacter},
		{"set k 0 0 3\x00x\r\n", errCharacter},
		{" set allowed 0 0 12\r\n", errSpace},
		{" flush_all\r\n", errSpace},
		{" \r\n", errSpace},
		{"set k 0 0\r\n", errTokens},
		{"set\r\n", errTokens},
		{"set k 0 0 -1\r\n", errNumber},
		{"set k 0 0 3000000000\r\n", errNumber},
		{"set k 0 0 2147483646\r\n", errNumber},
		{"set k 0 0 x\r\n", errNumber},
		{"set k 0 0 +5\r\n", errNumber},
		{"set k 0 0 5x\r\n", errNumber},
		{"set k x 0 5\r\n", errNumber},
		{"set k 4294967296 0 5\r\n", errNumber},
		{"set k -1 0 5\r\n", errNumber},
		{"set k 0 x 5\r\n", errNumber},
		{"set k 0 - 5\r\n", errNumber},
		{"set k 0 2147483648 5\r\n", errNumber},
		{"set k 0 0 5 junk\r\n", errArgument},
		{"set k 0 0 5 junk noreply\r\n", errArgument},
		{"set k 0 0 5 noreply junk\r\n", errTokens},
		{"set " + key251 + " 0 0 5\r\n", errKey},
		{"cas k 0 0 5\r\n", errTokens},
		{"cas k 0 0 5 x\r\n", errNumber},
		{"cas k 0 0 5 18446744073709551616\r\n", errNumber},
		{"cas k 0 0 5 noreply\r\n", errNumber},
		{"get\r\n", errTokens},
		{"get \r\n", errTokens},
		{"get a " + key251 + "\r\n", errKey},
		{"gat\r\n", errTokens},
		{"gat 5\r\n", errTokens},
		{"gat x a\r\n", errNumber},
		{"delete\r\n", errTokens},
		{"delete k 5\r\n", errArgument},
		{"delete k noreply 0\r\n", errTokens},
		{"delete noreply\r\n", errAmbiguous},
		{"delete noreply \r\n", errAmbiguous},
		{"get noreply\r\n", errAmbiguous},
		{"gets a noreply \r\n", errAmbiguous},
		{"bget noreply\r\n", errAmbiguous},
		{"gat 5 noreply\r\n", errAmbiguous},
		{"gats 5 a noreply\r\n", errAmbiguous},
		{"touch noreply\r\n", errTokens},
		{"touch k noreply\r\n", errNumber},
		{"incr k noreply\r\n", errNumber},
		{"set k 0 0 noreply\r\n", errNumber},
		{"flush_all noreply noreply\r\n", errTokens},
		{"stats noreply\r\n", errAmbiguous},
		{"shutdown noreply\r\n", errAmbiguous},
		{"watch noreply\r\n", errAmbiguous},
		{"incr k\r\n", errTokens},
		{"incr k -1\r\n", errNumber},
		{"incr k 18446744073709551616\r\n", errNumber},
		{"touch k\r\n", errTokens},
		{"flush_all x\r\n", errNumber},
		{"flush_all 1 2\r\n", errArgument},
		{"verbosity\r\n", errTokens},
		{"quit noreply\r\n", errTokens},
		{"slabs automove 1 noreply\r\n", errAmbiguous},
		{"lru_crawler\r\n", errArgument},
		{"lru_crawler m all\r\n", errArgument},
		{"lru_crawler metadump all noreply\r\n", errAmbiguous},
		{"set k 0 0 5\n", errLineEnd},
		{"ms k 5\n", errLineEnd},
		{"stats " + strings.Repeat("a", MaxLine) + "\r\n", errTokens},
	} {
		var r line
		if err := r.decode([]byte(c.line), false, new([]byte)); !errors.Is(err, c.want) {
			t.Errorf("%q: error %v, want %v", c.line, err, c.want)
		}
	}
}

func TestOnlyBytesThatEndALineForSomeServersAreRefused(t *testing.T) {
	for c := range 256 {
		key := "k" + string([]byte{byte(c)}) + "k"
		var l line
		var scratch []byte
		err := l.decode([]byte("get "+key+"\r\n"), false, &scratch)
		switch refused := err != nil; {
		case c == '\n':
		case refused != (c == 0 || c == '\r'):
			t.Errorf("%q: %v", key, err)
		case c != ' ' && !refused && string(l.key) != key:
			t.Errorf("%q is read as %q", key, l.key)
		}
	}
}
