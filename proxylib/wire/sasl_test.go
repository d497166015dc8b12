package wire

import "testing"

func TestSASLPlainHasThreeParts(t *testing.T) {
	for message, want := range map[string][3]string{
		"\x00web\x00secret": {"", "web", "secret"}, "admin\x00web\x00secret": {"admin", "web", "secret"},
		"\x00w\xff\x00 ": {"", "w\xff", " "},
	} {
		identity, user, password, ok := SASLPlain([]byte(message))
		if got := [3]string{string(identity), string(user), string(password)}; !ok || got != want {
			t.Errorf("%q: %q, %v", message, got, ok)
		}
	}
	for _, message := range []string{
		"", "\x00", "\x00\x00", "web", "web\x00secret", "\x00web", "\x00\x00secret", "\x00web\x00", "a\x00b\x00c\x00d", "\x00a\x00b\x00",
	} {
		if _, user, _, ok := SASLPlain([]byte(message)); ok || user != nil {
			t.Errorf("%q: user %q, %v", message, user, ok)
		}
	}
}
