package memcache

import (
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// logins are operations that change nothing, and that the group readonly, which is older, does not have.
const logins = opSaslList | opSaslAuth | opSaslStep

func TestTheGroupsReadonlyAndAdminAreThoseThatReadAndAdminister(t *testing.T) {
	seen := 0
	for name, n := range names {
		if n.operations == 0 || n.operations&metaByFlags != 0 || name == "storage" || name == "writeGroup" {
			continue
		}
		seen++
		access := accessOf(n.operations)
		if reads := n.operations&^(readonly|logins) == 0; (access == proxylib.Read) != reads {
			t.Errorf("%s is %s, but in the group readonly or a login: %v", name, access, reads)
		}
		if (access == proxylib.Admin) != (n.operations&^admin == 0) {
			t.Errorf("%s is %s, but in the group admin: %v", name, access, n.operations&^admin == 0)
		}
	}
	if seen < 30 {
		t.Errorf("only %d names were compared", seen)
	}
}

func TestMetaCommandsHaveTheAccessOfWhatTheirFlagsDo(t *testing.T) {
	for text, want := range map[string]proxylib.Access{
		"mg k v": proxylib.Read, "mg k v T60": proxylib.Write, "mg k v N60": proxylib.Write, "mg k E5": proxylib.Write,
		"me k": proxylib.Read, "mn": proxylib.Read, "md k": proxylib.Write, "ma k": proxylib.Write, "ma k MD": proxylib.Write,
		"ms k 1": proxylib.Write, "ms k 1 MA": proxylib.Write, "get k": proxylib.Read, "gat 0 k": proxylib.Write,
		"flush_all": proxylib.Admin, "stats": proxylib.Admin, "nonsense": proxylib.Admin,
	} {
		var l line
		if err := l.decode([]byte(text+"\r\n"), false, new([]byte)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := l.AccessClass(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
